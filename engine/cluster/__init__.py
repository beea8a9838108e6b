"""The tasks of a stage on the machines of a Dask cluster.

    the stage ──pipes── go-between ──network── scheduler ──network── Dask worker ──pipes── child
    (confined)          (decodes nothing)                            (decodes nothing)     (confined)

The stage may open no socket, since it reads strangers' files; the go-between does, and it hands on bytes that it never
looks into. Only the stage and the children, which are confined to the project folder each on its machine, unpickle what
the other wrote: a decoder that a crafted file has taken over finds no network here either.
"""
