"""What people type in. Forms check shape; what a step needs is for the gate to say."""
