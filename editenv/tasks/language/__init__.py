"""TEMPORARY."""
F={"train":{
"recolour":["paint {s} {g}","make {s} {g}","turn {s} {g}","recolour {s} {g}"],
"brightness":["make {s} {g}"],"saturation":["make {s} {g}"],"blur":["apply a {g} blur to {s}"],"pixelate":["pixelate {s} with {g} blocks"],
"remove":["remove {s}","get rid of {s}","erase {s}"],"move":["move {s} to the {g}"],"scale":["make {s} {g}"],"flip":["flip {s} in the {g} direction"],
"replace":["replace {s} with a {g}"],"add":["add a {g} next to {s}"],"background":["change the background to a {g}"]}}
def phrase(rng, split, action, goal, subject):
    fs=F["train"].get(action) or ["apply "+action+" {g} to {s}"]
    return fs[int(rng.integers(len(fs)))].format(s=subject or "the picture", g=goal)
def refer(rng, split, label, attribute=None):
    if attribute is None: return "the "+label
    k,v,*r=attribute
    if k=="relation": return f"the {label} {v} the {r[0]}"
    return f"the {v} {label}"
def compose(rng, split, clauses, *, keep=(), aside=False, ordered=True):
    t=", then ".join(clauses)
    t=t[0].upper()+t[1:]+"."
    for k in keep: t+=f" Leave {k} alone."
    return t
def indirect_goal(rng, split, action, goal, subject): return None
def like(rng, split, a, b): return f"make {a} the same colour as {b}"
def complaint(rng, split, faults): return " and ".join(f"{a} {g}" for a,g in faults)
