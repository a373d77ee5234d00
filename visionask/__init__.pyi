from visionask import errors as errors
from visionask.core.errors import VisionaskError as VisionaskError
from visionask.run.library import aio as aio
from visionask.run.library.api import ask as ask
from visionask.run.library.api import check as check
from visionask.run.library.api import plan as plan
from visionask.run.library.api import scan as scan
from visionask.run.library.comparing import diff as diff
from visionask.run.library.comparing import eval as eval  # noqa: A004  the command's name
from visionask.run.library.results import Checked as Checked
from visionask.run.library.results import Diff as Diff
from visionask.run.library.results import Evaluated as Evaluated
from visionask.run.library.results import Plan as Plan
from visionask.run.library.results import Reply as Reply
from visionask.run.library.results import Result as Result
from visionask.run.library.results import Results as Results

__version__: str
