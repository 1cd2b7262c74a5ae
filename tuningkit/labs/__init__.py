"""What the learner touches: labs made of sliders, live charts and tables."""
