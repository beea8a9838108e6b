"""The autoencoder that learns two people. The only door to Keras."""
