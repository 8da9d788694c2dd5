import lamps

from lamps import chandelier
