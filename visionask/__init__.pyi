from visionask import errors as errors
from visionask.core.errors import VisionaskError as VisionaskError
from visionask.run.library import ask as ask
from visionask.run.library import plan as plan
from visionask.run.library import scan as scan
from visionask.run.library_check import check as check
from visionask.run.reply import Reply as Reply
from visionask.run.results import Checked as Checked
from visionask.run.results import Plan as Plan
from visionask.run.results import Result as Result

__version__: str
