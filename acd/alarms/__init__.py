"""What of the floor's state is worth a supervisor's ear."""
