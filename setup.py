"""What pyproject.toml cannot say: the weights, which lie beside the library in a checkout, go with it into a wheel."""
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class WithData(build_py):
    """Copies datasets/ to course_lib/datasets of the wheel, where course_lib.checkpoints looks first."""

    def run(self):
        super().run()
        if not self.editable_mode:
            inside = Path(self.build_lib) / "course_lib" / "datasets"
            shutil.copytree("datasets", inside, dirs_exist_ok=True, ignore=shutil.ignore_patterns("cache"))


setup(cmdclass={"build_py": WithData})
