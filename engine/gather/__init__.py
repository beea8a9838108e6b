"""Get pictures of a person from outside: search, fetch, screen.

Two processes share the work. One talks to the network and never decodes a picture (`gathering`, `http`, the providers);
the other decodes and has no network (`screening_worker`). So a crafted picture meets no open socket, and a crafted
answer no decoder. What a picture is, where it came from and what became of it lies in one small file each (`store`), so
that a gathering that was ended anywhere goes on where it was.
"""
