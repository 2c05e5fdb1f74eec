package cheatsheet

import (
	"fmt"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn/recurrent"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/zoo"
)

// networks are the rows of §2.1.
func networks() []Item {
	return []Item{
		{
			ID: "2.1a", Name: "Architecture of a traditional RNN", NameVI: "Kiến trúc của một mạng RNN truyền thống",
			About:   "The state of a step goes into the next; the coefficients are shared over time.",
			AboutVI: "Đầu ra được sử dụng như đầu vào trong khi có các trạng thái ẩn; các hệ số được chia sẻ theo thời gian.",
			Formula: "a<t> = g_1(W_aa·a<t−1> + W_ax·x<t> + b_a), y<t> = g_2(W_ya·a<t> + b_y)",
			Symbol:  "graph/nn/recurrent.Vanilla", Also: []string{"graph/nn/recurrent.VanillaCell", "graph/nn/recurrent.RNN"},
			Test: "graph/nn/recurrent.TestSection2_1_Vanilla", Show: "notebooks/08-recurrent.ipynb",
			worked: func(Lang) (string, error) {
				d := newDesk()
				y, a := recurrent.NewVanilla(d.g.Scope(), 1, 1, 1, nil, nil).Step(d.input("x", []float64{1}, 1, 1), d.input("a", []float64{0.2}, 1, 1))
				d.set("W_aa", 0.5)
				d.set("W_ax", 1)
				d.set("W_ya", 2)
				v, err := d.compute(a, y)
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("W_aa = 0.5, W_ax = 1, W_ya = 2, b = 0, a<0> = 0.2, x<1> = 1: a<1> = %s, y<1> = %s", num(v[0][0]), num(v[1][0])), nil
			},
		},
		{
			ID: "2.1b", Name: "Strengths and drawbacks", NameVI: "Ưu điểm và hạn chế của RNN",
			About:     "Inputs of any length with one set of weights; but slow, forgetful of what is far back, and blind to what comes.",
			AboutVI:   "Xử lí đầu vào với bất kì độ dài nào, kích cỡ mô hình không tăng; nhưng tính toán chậm, khó truy cập thông tin từ lâu, không xem xét được đầu vào sau này.",
			Formula:   "size of the model independent of T, time ∝ T",
			FormulaVI: "kích cỡ mô hình không phụ thuộc T, thời gian ∝ T",
			Symbol:    "cmd/internal/sequence.Tradeoffs", Test: "cmd/hocsau.TestRecurrent_tables", Show: "hocsau recurrent --quick",
			worked: func(l Lang) (string, error) {
				var sizes [2]measured
				for i, steps := range []int{10, 1000} {
					m, err := measure(func(g *graph.Graph) *graph.Node {
						return recurrent.NewLSTM(g.Scope(), 64, 128, recurrent.Opts{}).Forward(g.Input("x", steps, 1, 64))
					})
					if err != nil {
						return "", err
					}
					sizes[i] = m
				}
				return fmt.Sprintf(l.of("an LSTM of 128 units has %s parameters at T = 10, %s at T = 1000", "LSTM 128 nơ-ron có %s tham số khi T = 10, %s khi T = 1000"), run.Thousands(sizes[0].parameters), run.Thousands(sizes[1].parameters)), nil
			},
		},
		{
			ID: "2.1c", Name: "One-to-one", NameVI: "Một-Một (mạng nơ-ron truyền thống)",
			About:   "One input, one output: a plain network.",
			AboutVI: "Một đầu vào, một đầu ra: mạng nơ-ron truyền thống.",
			Formula: "T_x = T_y = 1",
			Symbol:  "zoo.MLP", Test: "zoo.TestModels_learnOneBatch", Show: "hocsau train mlp --epochs 1",
			worked: func(l Lang) (string, error) {
				return sized(l, "MLP", []int{1, 1, 28, 28}, func(g *graph.Graph, x *graph.Node) *graph.Node { return zoo.NewMLP(g.Scope(), 784, 128, 10).Forward(x) })
			},
		},
		{
			ID: "2.1d", Name: "One-to-many", NameVI: "Một-nhiều (sinh nhạc)",
			About:   "From one note a tune is generated: each output is the next input.",
			AboutVI: "Sinh nhạc từ một nốt đầu tiên: đầu ra của mỗi bước là đầu vào của bước sau.",
			Formula: "T_x = 1, T_y > 1",
			Symbol:  "graph/nn/recurrent.Vanilla.OneToMany", Also: []string{"zoo.LanguageModel"},
			Test: "graph/nn/recurrent.TestVanilla_kinds", Show: "hocsau train music --epochs 1",
			worked: func(l Lang) (string, error) {
				return sized(l, "x → y<1> … y<8>", []int{1, 5}, func(g *graph.Graph, x *graph.Node) *graph.Node {
					y, _ := recurrent.NewVanilla(g.Scope(), 5, 16, 5, nil, recurrent.Softmax).OneToMany(x, nil, 8)
					return y
				})
			},
		},
		{
			ID: "2.1e", Name: "Many-to-one", NameVI: "Nhiều-một (phân loại ý kiến)",
			About:   "The sentiment of a whole text.",
			AboutVI: "Phân loại ý kiến của cả một văn bản.",
			Formula: "T_x > 1, T_y = 1",
			Symbol:  "zoo.Sentiment", Also: []string{"graph/nn/recurrent.Vanilla.ManyToOne"},
			Test: "zoo.TestSequences_learnOneBatch", Show: "hocsau train sentiment --epochs 1",
			worked: func(l Lang) (string, error) {
				return read(l, func(g *graph.Graph, words, lengths *graph.Node) *graph.Node {
					return zoo.NewSentiment(g.Scope(), 1000, 2, zoo.SentimentOpts{}).Forward(words, lengths)
				})
			},
		},
		{
			ID: "2.1f", Name: "Many-to-many, equal lengths", NameVI: "Nhiều-nhiều, T_x = T_y (ghi nhận thực thể tên)",
			About:   "A label for each word: which names are people, places, organisations.",
			AboutVI: "Mỗi từ một nhãn: ghi nhận thực thể tên.",
			Formula: "T_x = T_y",
			Symbol:  "zoo.Tagger", Also: []string{"graph/nn/recurrent.Vanilla.ManyToMany"},
			Test: "zoo.TestSequences_learnOneBatch", Show: "hocsau train ner --epochs 1",
			worked: func(l Lang) (string, error) {
				return read(l, func(g *graph.Graph, words, lengths *graph.Node) *graph.Node {
					return zoo.NewTagger(g.Scope(), 1000, 60, 9, zoo.TaggerOpts{}).Forward(words, g.InputInts("characters", 7, 1, 12), lengths)
				})
			},
		},
		{
			ID: "2.1g", Name: "Many-to-many, other lengths", NameVI: "Nhiều-nhiều, T_x ≠ T_y (dịch máy)",
			About:   "One network reads the sentence, another writes the translation.",
			AboutVI: "Một mạng đọc câu văn, một mạng khác viết bản dịch.",
			Formula: "T_x ≠ T_y",
			Symbol:  "zoo.Seq2Seq", Also: []string{"solvers/train.Translation"},
			Test: "solvers/train.TestTranslation_learns", Show: "hocsau train seq2seq --epochs 1",
			worked: func(l Lang) (string, error) {
				return read(l, func(g *graph.Graph, words, lengths *graph.Node) *graph.Node {
					logits, _ := zoo.NewSeq2Seq(g.Scope(), 1000, 800, 64).Forward(words, lengths, g.InputInts("tgt", 5, 1))
					return logits
				})
			},
		},
		{
			ID: "2.1h", Name: "Loss over time", NameVI: "Hàm mất mát của tất cả các bước thời gian",
			About:   "The loss of a sequence is the sum of the losses of its steps.",
			AboutVI: "Hàm mất mát được định nghĩa dựa theo mất mát ở mọi thời điểm.",
			Formula: "L(ŷ, y) = Σ_{t=1..T_y} L(ŷ<t>, y<t>)",
			Symbol:  "losses.Sequence", Test: "losses.TestSection2_1_LossOverTime", Show: "hocsau check overfit ner",
			worked: func(Lang) (string, error) {
				d := newDesk()
				loss, steps := losses.Sequence(d.input("logits", []float64{0, 1, 0, 2, 0, 3}, 3, 1, 2), d.ints("labels", []int{1, 1, 0}, 3, 1), nil, losses.SumSteps)
				v, err := d.compute(steps, loss)
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("T = 3: L<t> = %s; L = %s", nums(v[0]...), num(v[1][0])), nil
			},
		},
		{
			ID: "2.1i", Name: "Back-propagation through time", NameVI: "Lan truyền ngược theo thời gian",
			About:   "The gradient of a shared weight is the sum of its gradients at each step.",
			AboutVI: "Đạo hàm theo ma trận trọng số W là tổng các đạo hàm ở từng thời điểm.",
			Formula: "∂L(T)/∂W = Σ_{t=1..T} ∂L(T)/∂W |_(t)",
			Symbol:  "graph/nn/recurrent.VanillaCell.Unroll", Also: []string{"solvers/train.FlowOverTime"},
			Test: "graph/nn/recurrent.TestSection2_1_BackpropagationThroughTime", Show: "hocsau check gradients charlm",
			worked: workedThroughTime,
		},
	}
}

// read says what a model makes of a text of seven words.
func read(l Lang, forward func(g *graph.Graph, words, lengths *graph.Node) *graph.Node) (string, error) {
	m, err := measure(func(g *graph.Graph) *graph.Node {
		return forward(g, g.InputInts("words", 7, 1), g.InputInts("lengths", 1))
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(l.of("7 words [7, 1] → %s, %s parameters", "7 từ [7, 1] → %s, %s tham số"), shape(m.out), run.Thousands(m.parameters)), nil
}

// workedThroughTime takes three steps, once with one weight and once with a copy
// of it for each step.
func workedThroughTime(Lang) (string, error) {
	x := []float64{1, 0.5, -0.5}
	step := func(w, a, x *graph.Node) *graph.Node { return a.Mul(w).Add(x).Tanh() }
	one := newDesk()
	cell := recurrent.NewVanillaCell(one.g.Scope(), 1, 1, nil)
	_, last := cell.Unroll(one.input("x", x, 3, 1, 1), one.input("a0", []float64{0.3}, 1, 1), nil, false)
	one.set("W_aa", 0.8)
	one.set("W_ax", 1)
	prog, err := one.program(last.Sum())
	if err != nil {
		return "", err
	}
	shared := prog.Gradient(cell.Waa)[0]

	copies := newDesk()
	a := copies.input("a0", []float64{0.3})
	var ws []*graph.Node
	for t, v := range x {
		w := copies.param(fmt.Sprintf("w%d", t+1), []float64{0.8})
		ws, a = append(ws, w), step(w, a, copies.input(fmt.Sprintf("x%d", t+1), []float64{v}))
	}
	prog, err = copies.program(a.Sum())
	if err != nil {
		return "", err
	}
	var parts []float64
	for _, w := range ws {
		parts = append(parts, prog.Gradient(w)[0])
	}
	return fmt.Sprintf("T = 3, W_aa = 0.8: ∂L/∂W|_(t) = %s; ∂L/∂W = %s", nums(parts...), num(shared)), nil
}
