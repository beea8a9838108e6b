"""Faces in pictures. The only user of dlib and LiteRT.

`detection` finds and follows them, `persons` tells them apart, `facesets` keeps them, `reenactment` bends one person's
pictures to what another one does, `compositing` puts a swapped face into its frame. What all of these need, alignment
and the measures of a head, lies here.
"""
