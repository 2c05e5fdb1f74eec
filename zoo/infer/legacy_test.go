package infer_test

import (
	"testing"

	"github.com/hocsau/hocsau/datasets/digits"
	"github.com/hocsau/hocsau/zoo/card"
	"github.com/hocsau/hocsau/zoo/infer"
)

// TestOpen_beforeCards: a run of the version before there were cards opens, and
// says what it said then. It was made by
//
//	hocsau train lenet --epochs 2
func TestOpen_beforeCards(t *testing.T) {
	m, err := infer.Open("testdata/lenet-before-cards", infer.Opts{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	c := m.Card()
	if c.Model != "lenet" || c.Task != card.Classify || c.Data != "digits" || c.Input.Fit != card.Digit || len(c.Classes) != 10 {
		t.Errorf("card %+v", c)
	}
	user, err := m.Classifier()
	if err != nil {
		t.Fatal(err)
	}
	_, test := digits.Open(1)
	set, err := c.Input.Dataset(test)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, c.Input.Len())
	right := 0
	for i := range test.Len() {
		label, err := set.At(i, x)
		if err != nil {
			t.Fatal(err)
		}
		answers, err := user.ClassifyInputs(t.Context(), x, 1)
		if err != nil {
			t.Fatal(err)
		}
		if answers[0].Guesses[0].Class == c.Classes[label] {
			right++
		}
	}
	if right != 1950 { // test_accuracy 0.9750 of 2,000, as that version printed
		t.Errorf("%d of %d right, want 1950", right, test.Len())
	}
}
