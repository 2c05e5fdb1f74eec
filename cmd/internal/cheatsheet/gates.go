package cheatsheet

import (
	"fmt"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn/recurrent"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo"
)

// gates are the rows of §2.2.
func gates() []Item {
	return []Item{
		{
			ID: "2.2a", Name: "Activations of RNNs", NameVI: "Các hàm kích hoạt thường dùng: sigmoid, tanh, ReLU",
			About:   "Sigmoid for gates, tanh for states, ReLU.",
			AboutVI: "Các hàm kích hoạt thường dùng trong các module RNN.",
			Formula: "σ(z) = 1/(1 + e^{−z}), tanh z = (e^z − e^{−z})/(e^z + e^{−z}), max(0, z)",
			Symbol:  "graph.Node.Sigmoid", Also: []string{"graph.Node.Tanh", "graph.Node.ReLU"},
			Test: "graph.TestSection2_2_Sigmoid", Show: "notebooks/02-lenet.ipynb",
			worked: func(Lang) (string, error) {
				sigmoid, err := table("σ", (*graph.Node).Sigmoid)
				if err != nil {
					return "", err
				}
				tanh, err := table("tanh", (*graph.Node).Tanh)
				return sigmoid + "; " + tanh, err
			},
		},
		{
			ID: "2.2b", Name: "Vanishing and exploding gradients", NameVI: "Hiện tượng vanishing và exploding gradient",
			About:   "A gradient is multiplied at each step back, so that it falls or grows exponentially with their number.",
			AboutVI: "Độ dốc được nhân qua từng bước nên có thể giảm hoặc tăng theo hàm mũ; khó có được sự phụ thuộc dài hạn.",
			Formula: "‖∂L/∂a<t>‖ ∝ λ^{T−t}",
			Symbol:  "solvers/train.FlowOfCells", Also: []string{"solvers/train.FlowOverTime"},
			Test: "solvers/train.TestSection2_2_VanishingGradients", Show: "hocsau check gradients charlm",
			worked: func(Lang) (string, error) {
				tokens := make([]int, 30)
				for i := range tokens {
					tokens[i] = (i*7 + i*i) % 20
				}
				flows, err := train.FlowOfCells(zoo.LanguageModelOpts{Embedding: 8, Hidden: 16}, 20, tokens, []int{3}, 1)
				if err != nil {
					return "", err
				}
				text := "T = 30; λ:"
				for _, f := range flows {
					text += fmt.Sprintf(" %s %s", f.Name, num(f.Decay()))
				}
				return text, nil
			},
		},
		{
			ID: "2.2c", Name: "Gradient clipping", NameVI: "Gradient clipping (giới hạn giá trị lớn nhất cho độ dốc)",
			About:   "A bound on the size of the gradient keeps it from exploding.",
			AboutVI: "Bằng việc giới hạn giá trị lớn nhất cho độ dốc, hiện tượng exploding gradient được kiểm soát trong thực tế.",
			Formula: "g ← g · min(1, C/‖g‖)",
			Symbol:  "solvers.ClipByGlobalNorm", Also: []string{"solvers.ClipByValue"},
			Test: "solvers.TestClipByGlobalNorm_bound", Show: "hocsau train lm --epochs 1 --set clip=0.2 --json",
			worked: func(Lang) (string, error) {
				d := newDesk()
				w := d.param("w", []float64{0, 0})
				prog, err := d.program(w.Mul(d.input("g", []float64{3, 4})).Sum())
				if err != nil {
					return "", err
				}
				norm, err := solvers.ClipByGlobalNorm(prog.Gradients(), 1, 0)
				return fmt.Sprintf("g = (3, 4), ‖g‖ = %s, C = 1: g ← (%s)", num(norm), nums(prog.Gradient(w)...)), err
			},
		},
		{
			ID: "2.2d", Name: "Update gate Γ_u", NameVI: "Cổng cập nhật Γ_u",
			About:   "How much the past matters now: 0 keeps the old state, 1 takes the new one.",
			AboutVI: "Dữ liệu cũ nên có tầm quan trọng như thế nào ở hiện tại? Dùng trong GRU, LSTM.",
			Formula: "Γ_u = σ(W_u·x<t> + U_u·a<t−1> + b_u)",
			Symbol:  "graph/nn/recurrent.GRUCell", Also: []string{"graph/nn/recurrent.LSTMCell"},
			Test: "graph/nn/recurrent.TestSection2_2_Gates", Show: "notebooks/08-recurrent.ipynb",
			worked: func(Lang) (string, error) {
				return shut("Γ_u", "u", "a<1>", func(d *desk) *graph.Node { return gru(d) })
			},
		},
		{
			ID: "2.2e", Name: "Relevance gate Γ_r", NameVI: "Cổng relevance Γ_r (bỏ qua thông tin phía trước)",
			About:   "Whether the new candidate looks at the past at all.",
			AboutVI: "Bỏ qua thông tin phía trước? Dùng trong GRU, LSTM.",
			Formula: "Γ_r = σ(W_r·x<t> + U_r·a<t−1> + b_r)",
			Symbol:  "graph/nn/recurrent.GRUCell", Also: []string{"graph/nn/recurrent.LSTMCell"},
			Test: "graph/nn/recurrent.TestSection2_2_Gates", Show: "notebooks/08-recurrent.ipynb",
			worked: func(Lang) (string, error) {
				return shut("Γ_r", "r", "c̃<1>", func(d *desk) *graph.Node {
					a := gru(d)
					d.set("b_u", open) // a<1> is the candidate
					return a
				})
			},
		},
		{
			ID: "2.2f", Name: "Forget gate Γ_f", NameVI: "Cổng quên Γ_f",
			About:   "Whether a cell is erased.",
			AboutVI: "Xoá ô hay không xoá? Dùng trong LSTM.",
			Formula: "Γ_f = σ(W_f·x<t> + U_f·a<t−1> + b_f)",
			Symbol:  "graph/nn/recurrent.LSTMCell", Test: "graph/nn/recurrent.TestSection2_2_Gates", Show: "notebooks/08-recurrent.ipynb",
			worked: func(Lang) (string, error) {
				return shut("Γ_f", "f", "c<1>", func(d *desk) *graph.Node { return lstm(d).C })
			},
		},
		{
			ID: "2.2g", Name: "Output gate Γ_o", NameVI: "Cổng ra Γ_o",
			About:   "How much of a cell is shown.",
			AboutVI: "Biểu thị một ô ở mức độ bao nhiêu? Dùng trong LSTM.",
			Formula: "Γ_o = σ(W_o·x<t> + U_o·a<t−1> + b_o)",
			Symbol:  "graph/nn/recurrent.LSTMCell", Test: "graph/nn/recurrent.TestSection2_2_Gates", Show: "notebooks/08-recurrent.ipynb",
			worked: func(Lang) (string, error) {
				return shut("Γ_o", "o", "a<1>", func(d *desk) *graph.Node { return lstm(d).A })
			},
		},
		{
			ID: "2.2h", Name: "Gated recurrent unit (GRU)", NameVI: "Mạng GRU (gated recurrent unit)",
			About:   "Two gates let the state pass through many steps unchanged.",
			AboutVI: "Đối phó với vấn đề vanishing gradient bằng cổng cập nhật và cổng relevance.",
			Formula: "c̃ = tanh(W_c·[Γ_r ⋆ a<t−1>, x<t>] + b_c), c<t> = Γ_u ⋆ c̃ + (1 − Γ_u) ⋆ c<t−1>, a<t> = c<t>",
			Symbol:  "graph/nn/recurrent.GRUCell", Also: []string{"graph/nn/recurrent.GRU"},
			Test: "graph/nn/recurrent.TestSection2_2_GRUForms", Show: "hocsau train lm --epochs 1 --set cell=gru",
			worked: func(Lang) (string, error) {
				d := newDesk()
				v, err := d.compute(gru(d))
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("a<0> = 0.7, x<1> = 0.5, W = U = 1, b = 0: a<1> = %s", num(v[0][0])), nil
			},
		},
		{
			ID: "2.2i", Name: "Long short-term memory (LSTM)", NameVI: "Bộ nhớ dài-ngắn hạn (LSTM)",
			About:   "A cell beside the state, with a gate to write, to forget and to show it.",
			AboutVI: "LSTM là sự tổng quát của GRU: có thêm cổng quên và cổng ra.",
			Formula: "c̃ = tanh(W_c·[Γ_r ⋆ a<t−1>, x<t>] + b_c), c<t> = Γ_u ⋆ c̃ + Γ_f ⋆ c<t−1>, a<t> = Γ_o ⋆ c<t>",
			Symbol:  "graph/nn/recurrent.LSTMCell", Also: []string{"graph/nn/recurrent.LSTM"},
			Test: "graph/nn/recurrent.TestSection2_2_LSTM", Show: "hocsau train lm --epochs 1 --set cell=lstm",
			worked: func(Lang) (string, error) {
				d := newDesk()
				next := lstm(d)
				v, err := d.compute(next.C, next.A)
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("a<0> = c<0> = 0.7, x<1> = 0.5, W = U = 1, b = 0: c<1> = %s, a<1> = %s", num(v[0][0]), num(v[1][0])), nil
			},
		},
		{
			ID: "2.2j", Name: "Bidirectional RNN", NameVI: "Biến thể của RNN: hai chiều (bidirectional, BRNN)",
			About:   "One network reads forwards, another backwards; a step sees the past and the future.",
			AboutVI: "Một mạng đọc xuôi, một mạng đọc ngược; mỗi bước thấy cả quá khứ và tương lai.",
			Formula: "a<t> = [a→<t>; a←<t>]",
			Symbol:  "graph/nn/recurrent.Bidirectional", Test: "graph/nn/recurrent.TestSection2_2_DeepBidirectional", Show: "hocsau train ner --epochs 1",
			worked: func(l Lang) (string, error) {
				return sized(l, "H = 5", []int{4, 1, 3}, func(g *graph.Graph, x *graph.Node) *graph.Node {
					s := g.Scope()
					return recurrent.Bidirectional{Forward: recurrent.NewGRUCell(s.At("f"), 3, 5), Backward: recurrent.NewGRUCell(s.At("b"), 3, 5)}.Run(x, nil, false)
				})
			},
		},
		{
			ID: "2.2k", Name: "Deep RNN", NameVI: "Biến thể của RNN: nhiều tầng (deep, DRNN)",
			About:   "Recurrent layers one above the other: each reads the states of the one below.",
			AboutVI: "Nhiều tầng hồi quy chồng lên nhau: mỗi tầng đọc trạng thái của tầng dưới.",
			Formula: "a[l]<t> = g(W_aa[l]·a[l]<t−1> + W_ax[l]·a[l−1]<t> + b_a[l])",
			Symbol:  "graph/nn/recurrent.Deep", Test: "graph/nn/recurrent.TestSection2_2_DeepBidirectional", Show: "hocsau train lm --epochs 1 --set layers=2",
			worked: func(l Lang) (string, error) {
				return sized(l, "2 × H = 5", []int{4, 1, 3}, func(g *graph.Graph, x *graph.Node) *graph.Node {
					s := g.Scope()
					return recurrent.Deep{Cells: []recurrent.Cell{recurrent.NewVanillaCell(s.At("l0"), 3, 5, nil), recurrent.NewVanillaCell(s.At("l1"), 5, 5, nil)}}.Run(x, nil, false)
				})
			},
		},
	}
}

// open is a bias that opens a gate, whatever else it reads; −open shuts it.
const open = 40

// ones makes the weights of a cell of one unit 1.
func ones(d *desk) {
	for _, p := range d.g.Store().Params() {
		v := make([]float64, p.Len())
		for i := range v {
			v[i] = 1
		}
		if p.Name()[0] != 'b' {
			d.set(p.Name(), v...)
		}
	}
}

// gru is a step of one unit from 0.7 with the input 0.5.
func gru(d *desk) *graph.Node {
	_, a := recurrent.NewGRUCell(d.g.Scope(), 1, 1).Step(d.input("x", []float64{0.5}, 1, 1), d.input("a", []float64{0.7}, 1, 1))
	ones(d)
	return a
}

// lstm is the same with a cell of 0.7.
func lstm(d *desk) recurrent.LSTMCellState {
	a := d.input("a", []float64{0.7}, 1, 1)
	_, next := recurrent.NewLSTMCell(d.g.Scope(), 1, 1).Step(d.input("x", []float64{0.5}, 1, 1), recurrent.LSTMCellState{A: a, C: a})
	ones(d)
	return next
}

// shut computes a step with a gate shut, and with it open.
func shut(gate, bias, what string, step func(d *desk) *graph.Node) (string, error) {
	var got [2]float64
	for i, b := range []float64{-open, open} {
		d := newDesk()
		y := step(d)
		d.set("b_"+bias, b)
		v, err := d.compute(y)
		if err != nil {
			return "", err
		}
		got[i] = v[0][0]
	}
	return fmt.Sprintf("a<0> = c<0> = 0.7, x<1> = 0.5: %[1]s = 0 → %[2]s = %[3]s; %[1]s = 1 → %[2]s = %[4]s", gate, what, num(got[0]), num(got[1])), nil
}
