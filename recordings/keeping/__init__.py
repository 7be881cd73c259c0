"""How long finished files are kept, their deletion with a proof, new keys, and the comparison with the books."""
