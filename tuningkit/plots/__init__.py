"""Static figures: every function takes arrays, draws on `ax` (or on a new figure) and returns the axes.

Matplotlib is imported inside the functions, and pyplot never is: figures can be drawn in any thread. An axes or
figure made here shows itself as a picture when it is the last line of a notebook cell.

Training is solid, validation dashed; colours are told apart by every kind of colour vision.
"""

from tuningkit.plots._confusion_matrix import confusion_matrix
from tuningkit.plots._curves import curves
from tuningkit.plots._decision_boundary import decision_boundary
from tuningkit.plots._feature_maps import feature_maps
from tuningkit.plots._flow_chart import flow_chart
from tuningkit.plots._gradient_noise import gradient_clouds, gradient_noise
from tuningkit.plots._heat_map import heat_map
from tuningkit.plots._images import images
from tuningkit.plots._isolation import isolation
from tuningkit.plots._learning_curves import learning_curves
from tuningkit.plots._loss_against_step import loss_against_step
from tuningkit.plots._metric_against import metric_against
from tuningkit.plots._png import to_png
from tuningkit.plots._population_paths import population_paths
from tuningkit.plots._race import best_so_far, look_points
from tuningkit.plots._range_test import range_test
from tuningkit.plots._schedules import schedules
from tuningkit.plots._search_progress import search_progress
from tuningkit.plots._style import new_figure
from tuningkit.plots._surface_paths import surface_paths
from tuningkit.plots._sweep_fan import sweep_fan
from tuningkit.plots._three_clocks import three_clocks
from tuningkit.plots._weight_histogram import weight_histogram
from tuningkit.plots._words import figure_words

__all__ = [
    "best_so_far",
    "confusion_matrix",
    "curves",
    "decision_boundary",
    "feature_maps",
    "figure_words",
    "flow_chart",
    "gradient_clouds",
    "gradient_noise",
    "heat_map",
    "images",
    "isolation",
    "learning_curves",
    "look_points",
    "loss_against_step",
    "metric_against",
    "new_figure",
    "population_paths",
    "range_test",
    "schedules",
    "search_progress",
    "surface_paths",
    "sweep_fan",
    "three_clocks",
    "to_png",
    "weight_histogram",
]
