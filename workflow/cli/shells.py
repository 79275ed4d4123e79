"""What a shell reads once to complete commands: click's own, a little better for Bash."""

from click.shell_completion import BashComplete, add_completion_class


class Bash(BashComplete):
    """Click's words for Bash, with no space after `key=`: its value follows at once."""

    source_template = BashComplete.source_template.replace(
        "    return 0", "    [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n    return 0"
    )


add_completion_class(Bash)
