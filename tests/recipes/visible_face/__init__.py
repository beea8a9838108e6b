"""Makes the network that tells a face from what is before it: `engine/faces/weights/visible_face.tflite`."""
