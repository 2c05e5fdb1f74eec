package cheatsheet

import (
	"fmt"

	"github.com/hocsau/hocsau/graph"
)

// activations are the rows of §1.5.
func activations() []Item {
	return []Item{
		{
			ID: "1.5a", Name: "ReLU", NameVI: "Hàm kích hoạt ReLU (rectified linear unit)",
			About:   "Makes a network non-linear, element by element, at the price of a comparison.",
			AboutVI: "Áp dụng trên tất cả các thành phần để tăng tính phi tuyến tính cho mạng.",
			Formula: "g(z) = max(0, z)",
			Symbol:  "graph.Node.ReLU", Test: "graph.TestSection1_5_Activations", Show: "notebooks/02-lenet.ipynb",
			worked: func(Lang) (string, error) { return table("g", (*graph.Node).ReLU) },
		},
		{
			ID: "1.5b", Name: "Leaky ReLU", NameVI: "Hàm kích hoạt Leaky ReLU",
			About:   "Lets a little of the negative through, so that no unit is dead for ever.",
			AboutVI: "Giải quyết vấn đề ReLU chết cho những giá trị âm: giá trị âm vẫn cho ra một phần nhỏ.",
			Formula: "g(z) = max(εz, z), ε ≪ 1",
			Symbol:  "graph.Node.LeakyReLUMax", Also: []string{"graph.Node.LeakyReLU"},
			Test: "graph.TestSection1_5_Activations", Show: "notebooks/02-lenet.ipynb",
			worked: func(Lang) (string, error) {
				s, err := table("g", func(z *graph.Node) *graph.Node { return z.LeakyReLUMax(0.1) })
				return "ε = 0.1; " + s, err
			},
		},
		{
			ID: "1.5c", Name: "ELU", NameVI: "Hàm kích hoạt ELU (khả vi tại mọi nơi)",
			About:   "Bends smoothly towards −α. The cheatsheet prints a maximum; the usual form is z above 0 and α(e^z − 1) below. Both are here.",
			AboutVI: "Khả vi tại mọi nơi, tiến dần đến −α. Bản in viết max; dạng thường dùng là z khi z > 0 và α(e^z − 1) khi z ≤ 0. Ở đây có cả hai.",
			Formula: "g(z) = max(α(e^z − 1), z), α ≪ 1",
			Symbol:  "graph.Node.ELUMax", Also: []string{"graph.Node.ELU"},
			Test: "graph.TestSection1_5_Activations", Show: "notebooks/02-lenet.ipynb",
			worked: func(l Lang) (string, error) {
				printed, err := table("g", func(z *graph.Node) *graph.Node { return z.ELUMax(0.5) })
				if err != nil {
					return "", err
				}
				usual, err := table("g", func(z *graph.Node) *graph.Node { return z.ELU(0.5) })
				return "α = 0.5; " + printed + l.of("; usual form: ", "; dạng thường dùng: ") + usual, err
			},
		},
		{
			ID: "1.5d", Name: "Softmax", NameVI: "Bước softmax (hàm logistic tổng quát)",
			About:   "Turns a vector of scores into probabilities that sum to 1.",
			AboutVI: "Lấy đầu vào là một vector và cho ra một vector gồm các xác suất có tổng bằng 1.",
			Formula: "p_i = e^{x_i} / Σ_{j=1..n} e^{x_j}",
			Symbol:  "graph.Node.Softmax", Test: "graph.TestSection1_5_Softmax",
			Show: "hocsau train lenet --epochs 1 && hocsau data preview digits --n 1 --out digit.png && hocsau predict last digit.png",
			worked: func(Lang) (string, error) {
				d := newDesk()
				v, err := d.compute(d.input("x", []float64{0, 1, 3}, 1, 3).Softmax(-1))
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("x = (0, 1, 3): p = (%s), Σp = %s", nums(v[0]...), num(v[0][0]+v[0][1]+v[0][2])), nil
			},
		},
	}
}

// table writes a function's values at −2, 0 and 2.
func table(name string, f func(z *graph.Node) *graph.Node) (string, error) {
	d := newDesk()
	v, err := d.compute(f(d.input("z", []float64{-2, 0, 2})))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%[1]s(−2) = %[2]s, %[1]s(0) = %[3]s, %[1]s(2) = %[4]s", name, num(v[0][0]), num(v[0][1]), num(v[0][2])), nil
}
