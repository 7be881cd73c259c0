"""What people do about quality: reviews, blind rounds, appeals, plans, and new rules."""
