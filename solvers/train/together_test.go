package train

import (
	"fmt"
	"sync"
	"testing"

	"github.com/hocsau/hocsau/zoo"
	"github.com/hocsau/hocsau/zoo/decode"
)

// questions is how many different ones are asked at once.
const questions = 4

// Together asks from eight goroutines at once what was asked one by one before:
// each gets the same answer.
func Together(t *testing.T, answer func(question int) (any, error)) {
	t.Helper()
	var want [questions]string
	for q := range want {
		a, err := answer(q)
		if err != nil {
			t.Fatal(err)
		}
		want[q] = fmt.Sprint(a)
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 12 {
				q := (g + i) % questions
				a, err := answer(q)
				if got := fmt.Sprint(a); err != nil || got != want[q] {
					t.Errorf("question %d: %.80s, %v; alone %.80s", q, got, err, want[q])
					return
				}
			}
		})
	}
	wg.Wait()
}

// asked returns numbers that depend on the question, from 0 to 1.
func asked(question, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32((i*7+question*13)%11) / 11
	}
	return x
}

func TestTogether_classifier(t *testing.T) {
	c := newLoop(t, nil, config{}).Task.(*Classifier)
	t.Cleanup(c.Close)
	Together(t, func(q int) (any, error) { return c.Logits(asked(q, (1+q/2)*features)) })
	Together(t, func(q int) (any, error) {
		e, err := c.Evaluate(points(3+q, uint64(q)))
		return *e, err
	})
}

// TestLogits_copies: the answer to one question is not overwritten by the next.
func TestLogits_copies(t *testing.T) {
	c := newLoop(t, nil, config{}).Task.(*Classifier)
	t.Cleanup(c.Close)
	first, err := c.Logits(asked(0, features))
	if err != nil {
		t.Fatal(err)
	}
	was := fmt.Sprint(first)
	if _, err := c.Logits(asked(1, features)); err != nil || fmt.Sprint(first) != was {
		t.Errorf("%v became %v, %v", was, first, err)
	}
}

func TestTogether_embedder(t *testing.T) {
	for _, mirror := range []bool{false, true} {
		e := embedder(t, 1, EmbedderOpts{Objective: HardTriplets, Margin: 0.2, Mirror: mirror})
		Together(t, func(q int) (any, error) { return e.Embed(asked(q, (1+q)*peopleWidth)) })
	}
}

func TestTogether_languageModel(t *testing.T) {
	_, m := newTextLoop(t, nil, zoo.LSTM)
	Together(t, func(q int) (any, error) { return m.Evaluate(wave(20 + q)) })
	Together(t, func(q int) (any, error) {
		c, err := m.Continue(wave(5 + q))
		if err != nil {
			return nil, err
		}
		return decode.Greedy(c, []decode.Sentence{{Start: wave(5 + q)[4+q], End: 0, MaxLen: 6}})
	})
}

func TestTogether_sequences(t *testing.T) {
	for _, perToken := range []bool{false, true} {
		_, s := newRiddleLoop(t, nil, perToken)
		Together(t, func(q int) (any, error) {
			e, err := s.Evaluate(riddles(5+q, perToken, uint64(q)))
			return *e, err
		})
	}
}

func TestTogether_gan(t *testing.T) {
	for _, classes := range []int{0, 2} {
		task, _ := newGAN(t, classes, 1, nil, GANTaskOpts{Seed: 1})
		Together(t, func(q int) (any, error) { return task.Generate(task.Noise(1+q, uint64(q)), nil) })
	}
}

func TestTogether_fastStyle(t *testing.T) {
	task, _ := newFastStyle(t, 1, nil)
	Together(t, func(q int) (any, error) {
		p, err := task.Paint(disc(1, 8+4*(q/2), 8))
		if err != nil {
			return nil, err
		}
		return p.Pix[:20], nil
	})
}

func TestTogether_judge(t *testing.T) {
	j, err := newJudge(1, 3, 0.1, 0.3)
	if err != nil {
		t.Fatal(err)
	}
	Together(t, func(q int) (any, error) {
		features, probabilities, err := j.Look(asked(q, (1+q)*28*28))
		return []any{features, probabilities}, err
	})
}
