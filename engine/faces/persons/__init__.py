"""Who a face is: told apart by dlib's descriptor, grouped, weighed, and numbered for people to choose from."""
