"""Other tools' formats and servers: behind `run.to_tensorboard(...)`, `Trials.from_hyperopt(...)` and others.

Nothing of TensorFlow, TensorBoard or a search library is imported before it is needed.
"""
