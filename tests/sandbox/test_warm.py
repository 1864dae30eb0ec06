"""What was warmed up works in a box: its files are closed by then."""


def test_a_student_s_own_figure_can_be_saved_and_laid_out(any_box):
    any_box(
        """
        import matplotlib.pyplot as plt
        figure, axes = plt.subplots()
        axes.plot([1, 2, 3], label="loss")
        axes.set_title("gradient norms, $\\\\|\\\\delta_l\\\\|$")
        axes.legend()
        figure.tight_layout()
        figure.savefig("/box/figure.png")
        plt.show()
        """
    )
