# Part of credit_management. License LGPL-3.0 or later.
from . import models
