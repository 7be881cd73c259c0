"""Layer 3: sound files, transcripts, speech measures, retention."""
