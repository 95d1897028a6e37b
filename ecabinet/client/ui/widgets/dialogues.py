"""The dialogue for files in the language of the program: Qt ships no Vietnamese for its own."""

from PySide6.QtWidgets import QFileDialog

from ecabinet.client.ui.words import say


def worded(dialogue: QFileDialog) -> QFileDialog:
    """The dialogue, its labels and buttons told in words of ours. To be asked once its modes are set."""
    saves = dialogue.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    label = QFileDialog.DialogLabel
    dialogue.setLabelText(label.LookIn, say("file_dialogue.look_in"))
    dialogue.setLabelText(label.FileName, say("file_dialogue.file_name"))
    dialogue.setLabelText(label.FileType, say("file_dialogue.file_type"))
    dialogue.setLabelText(label.Accept, say("file_dialogue.save") if saves else say("file_dialogue.open"))
    dialogue.setLabelText(label.Reject, say("file_dialogue.cancel"))
    return dialogue
