"""What agents say that a conversation was about."""
