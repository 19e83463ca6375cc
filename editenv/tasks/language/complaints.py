"""What users say about photos that did not come out well; the faults are in the tools' files."""

from __future__ import annotations

from editenv.tools.phrases import forms

COMPLAINTS = forms(
    """It looks {f}.
    The photo is {f}.
    This came out {f}.
    My picture is {f}.
    I find it {f}.
    To me it looks {f}.""",
    "The whole thing is {f}.",
    """The picture looks {f}.
    This photo came out {f}.
    It is {f}, don't you think?""",
)

REQUESTS = forms(
    """Please fix that.
    Can you fix it?
    Please mend it.
    Could you repair that?""",
    "Can you put that right?",
    """Can you mend that?
    Please put it right.""",
)

MATTER_FORMS = forms(
    """Something is wrong with the {f}.
    I am not happy with the {f}.
    Please correct the {f}.
    Can you fix the {f}?
    Please have a look at the {f}.
    Somebody got the {f} wrong.
    Sort out the {f}, please.""",
    """Could you adjust the {f}?
    Please check the {f}.""",
    """Can you correct the {f}?
    I am not happy with the {f} here.
    Something is wrong with the {f} here.
    Please sort out the {f}.""",
)
"""What is said of what is wrong, by its noun."""

DEFECT_FORMS = forms(
    """Please get rid of the {f}.
    Can you take out the {f}?
    The {f} should go.
    Please do something about the {f}.
    I don't want the {f}.
    Clean up the {f}, please.""",
    """Could you remove the {f}?
    Away with the {f}, please.""",
    """Can you get rid of the {f}?
    Please take out the {f}.
    Can you do something about the {f}?""",
)
"""What is said of what is to go, by its noun."""

VAGUE_RESTORE = forms(
    """The quality is bad.
    Something went wrong with this picture.
    This photo did not survive well.
    The quality of this one is poor.
    This picture has seen better days.
    What a bad copy of a good photo.
    This photo is in a sorry state.
    My camera let me down here.
    It is the only picture I have of that day, and look at it.
    This came out badly.
    I can hardly look at this photo.""",
    """This photo is a mess.
    Somebody ruined this picture.""",
    """This one is ruined.
    This picture did not survive well.
    Something went wrong with this photo.
    The quality of this picture is bad.
    This photo has seen better days.""",
)
"""What is said of a photo where what is wrong with it must be seen."""

RESCUES = forms(
    """Can you rescue it?
    Please restore it.
    Make it look as it should.
    Please clean it up.
    Can you bring it back to life?
    Could you save it?
    Please repair what can be repaired.
    Do what you can.""",
    """Can you do anything for it?
    Please make it good again.""",
    """Can you restore it?
    Please rescue it.
    Please save what can be saved.
    Could you repair it?""",
)

VAGUE_RETOUCH = forms(
    """Something about this photo is off.
    This does not look natural.
    That is not how it looked when I was there.
    My photo came out wrong.
    The picture does not look right.
    I like the view, but not the picture I took of it.
    My camera's settings were wrong.
    It looked better in reality.""",
    """This photo could look better.
    There is something odd about this picture.""",
    """That is not how it looked.
    Something about this picture is not right.
    This photo does not look natural.
    The settings of my camera were wrong.""",
)
"""The same for a photo that is only badly exposed or developed."""

CORRECTIONS = forms(
    """Please correct it.
    Make it look natural.
    Can you develop it anew?
    Please make it look as it should.
    Put it right, would you?
    Can you set that straight?
    Give it a proper look.""",
    """Please adjust it.
    Could you correct that?""",
    """Can you make it look natural?
    Please correct that.
    Can you put it right?
    Please set it straight.""",
)
