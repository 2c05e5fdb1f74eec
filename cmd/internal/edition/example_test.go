package edition_test

import (
	"fmt"

	"github.com/hocsau/hocsau/cmd/internal/edition"
)

func ExampleTranslate() {
	english := `{"cells": [{"cell_type": "markdown", "id": "1", "metadata": {}, "source": ["Padding"]}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}`
	_, err := edition.Translate([]byte(english), "%% 1 0123456789abcdef\nĐệm")
	fmt.Println(err)
	// Output: the translation of cell 1 is of an older text (0123456789abcdef): translate it again and write ee0d7af0bffd995b; it now says: Padding
}
