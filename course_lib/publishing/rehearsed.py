"""The kernel's side of `make present`: a slow cell shows at once what it showed in the rehearsal.

Such a cell of the copy begins with a comment, MARK. When it is run, this extension shows the outputs of the rehearsal
and brings back all variables as they were after the cell. Without the comment, with any other change of the cell, or
in a kernel that was restarted, the cell runs as always.
"""
import json

MARK = "# From the rehearsal"


def marked(source, seconds):
    """Put the line above a cell that makes it answer from the rehearsal.

    Args:
        source: of the cell.
        seconds: that it took.
    Returns:
        The new source.
    """
    return f"{MARK}: {seconds:.0f} s. Delete this line to run the cell.\n{source}"


class Rehearsal:
    """Outputs and variables of slow cells, by their source.

    Args:
        shell: of IPython.
    """

    def __init__(self, shell):
        self.shell, self.cells = shell, {}

    def keep(self, path):
        """Store the outputs and variables of the cell that has just run.

        Args:
            path: JSON file with its source and outputs.
        """
        with open(path, encoding="utf-8") as file:
            cell = json.load(file)
        names = {name: value for name, value in self.shell.user_ns.items()
                 if not name.startswith("_") and name not in self.shell.user_ns_hidden}
        self.cells[cell["source"].rstrip()] = names, cell["outputs"]

    def replaced(self, lines):
        """Transform IPython's input: a marked cell that is known becomes one line that shows it.

        Args:
            lines: of the cell.
        Returns:
            Lines.
        """
        source = "".join(lines[1:]).rstrip()
        if lines and lines[0].startswith(MARK) and source in self.cells:
            return [f"get_ipython().rehearsal.show({source!r})\n"]
        return lines

    def show(self, source):
        """Show a cell's outputs and restore its variables.

        Args:
            source: of the cell.
        """
        from IPython.display import publish_display_data

        names, outputs = self.cells[source]
        for output in outputs:
            if output["output_type"] == "stream":
                print(output["text"], end="", flush=True)
            else:
                publish_display_data(output["data"], output["metadata"])
        self.shell.user_ns.update(names)


def load_ipython_extension(shell):
    """Install the extension: `%load_ext course_lib.publishing.rehearsed`.

    Args:
        shell: of IPython.
    """
    shell.rehearsal = Rehearsal(shell)
    shell.input_transformers_cleanup.append(shell.rehearsal.replaced)
