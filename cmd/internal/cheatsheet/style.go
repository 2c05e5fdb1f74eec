package cheatsheet

import (
	"fmt"
	"math"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo"
)

// style are the rows of §1.6.2.
func style() []Item {
	return []Item{
		{
			ID: "1.6.2a", Name: "Idea of style transfer", NameVI: "Ý tưởng của neural style transfer",
			About:   "Makes a picture G with the content of C in the style of S, by changing the pixels of G until both fit.",
			AboutVI: "Tạo ra một ảnh G dựa trên một nội dung C và một phong cách S, bằng cách thay đổi các pixel của G.",
			Formula: "G ← G − η · ∂J(G)/∂G",
			Symbol:  "solvers/train.Style", Test: "solvers/train.TestStyle_lowersTheCost", Show: "notebooks/06-style-transfer.ipynb",
			worked: workedStyle,
		},
		{
			ID: "1.6.2b", Name: "Activation of a layer", NameVI: "Tầng kích hoạt a[l]",
			About:   "What a layer l of a network makes of a picture stands for its content.",
			AboutVI: "Trong một tầng l cho trước, tầng kích hoạt thể hiện nội dung của tấm ảnh.",
			Formula: "a[l] ∈ R^{n_H × n_W × n_C}",
			Symbol:  "zoo.VGGFeatures.Activations", Also: []string{"zoo.SqueezeNetFeatures.Activations"},
			Test: "zoo.TestVGGFeatures", Show: "hocsau summary vgg19",
			worked: func(Lang) (string, error) {
				m, err := measure(func(g *graph.Graph) *graph.Node {
					return zoo.NewVGG19Features(g.Scope(), "relu4_2").Activations(g.Input("x", 1, 3, 224, 224), "relu4_2")["relu4_2"]
				})
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("VGG-19, 224×224, relu4_2: n_H = %d, n_W = %d, n_C = %d", m.out[2], m.out[3], m.out[1]), nil
			},
		},
		{
			ID: "1.6.2c", Name: "Content cost", NameVI: "Hàm mất mát nội dung",
			About:   "How much the content of G differs from that of C.",
			AboutVI: "Xác định nội dung của ảnh được tạo G khác biệt với nội dung gốc trong ảnh C.",
			Formula: "J_content(C, G) = ½ · ‖a[l](C) − a[l](G)‖²",
			Symbol:  "losses.ContentCost", Test: "losses.TestSection1_6_2_StyleTransfer", Show: "notebooks/06-style-transfer.ipynb",
			worked: func(Lang) (string, error) {
				return ofActivations("a(G) = (1 2; 3 4), a(C) = 0: J_content = ", losses.ContentCost)
			},
		},
		{
			ID: "1.6.2d", Name: "Style matrix (Gram matrix)", NameVI: "Ma trận phong cách (ma trận Gram)",
			About:   "How much channels k and k' are active at the same places.",
			AboutVI: "Mỗi thành phần xác định sự tương quan giữa kênh k và kênh k'.",
			Formula: "G_kk'[l] = Σ_i Σ_j a_ijk[l] · a_ijk'[l]",
			Symbol:  "losses.Gram", Test: "losses.TestSection1_6_2_StyleTransfer", Show: "notebooks/06-style-transfer.ipynb",
			worked: func(Lang) (string, error) {
				return ofActivations("a_1 = (1, 2), a_2 = (3, 4): G = ", func(a, _ *graph.Node) *graph.Node { return losses.Gram(a) })
			},
		},
		{
			ID: "1.6.2e", Name: "Style cost", NameVI: "Hàm mất mát phong cách",
			About:   "How much the style of G differs from that of S.",
			AboutVI: "Xác định sự khác biệt về phong cách giữa ảnh được tạo G và ảnh phong cách S.",
			Formula: "J_style[l](S, G) = 1/(2·n_H·n_W·n_C)² · Σ_kk' (G_kk'[l](S) − G_kk'[l](G))²",
			Symbol:  "losses.StyleCost", Test: "losses.TestSection1_6_2_StyleTransfer", Show: "notebooks/06-style-transfer.ipynb",
			worked: func(Lang) (string, error) {
				return ofActivations("a(G) = (1 2; 3 4), a(S) = 0, n_H·n_W·n_C = 4: J_style = ", losses.StyleCost)
			},
		},
		{
			ID: "1.6.2f", Name: "Overall cost", NameVI: "Hàm mất mát tổng quát",
			About:   "A larger α keeps more of the content, a larger β takes more of the style.",
			AboutVI: "Giá trị của α càng lớn thì mô hình quan tâm hơn đến nội dung, β càng lớn thì quan tâm hơn đến phong cách.",
			Formula: "J(G) = α·J_content(C, G) + β·J_style(S, G)",
			Symbol:  "losses.StyleTransfer", Test: "solvers/train.TestStyle_weights", Show: "notebooks/06-style-transfer.ipynb",
			worked: func(Lang) (string, error) {
				return ofActivations("J_content = 15, J_style = 13.94, α = 2, β = 3: J = ", func(a, zero *graph.Node) *graph.Node {
					return losses.StyleTransfer(2, 3, losses.ContentCost(a, zero), []*graph.Node{losses.StyleCost(a, zero)}, []float64{1})
				})
			},
		},
	}
}

// ofActivations computes a cost of two channels at two places, (1, 2) and
// (3, 4), beside activations of 0.
func ofActivations(what string, cost func(a, zero *graph.Node) *graph.Node) (string, error) {
	d := newDesk()
	v, err := d.compute(cost(d.input("a", []float64{1, 2, 3, 4}, 1, 2, 1, 2), d.input("zero", make([]float64, 4), 1, 2, 1, 2)))
	if err != nil {
		return "", err
	}
	if len(v[0]) > 1 {
		return what + "(" + nums(v[0]...) + ")", nil
	}
	return what + num(v[0][0]), nil
}

// workedStyle changes the pixels of a small picture until its activations have
// the Gram matrix of another's. The network is one convolution, so that it is
// quick.
func workedStyle(Lang) (string, error) {
	const side = 8
	d := newDesk()
	content, stripes := make([]float64, side*side), make([]float64, side*side)
	for i := range content {
		content[i] = math.Sin(float64(i/side) / 2)
		stripes[i] = math.Sin(2 * float64(i%side))
	}
	w := d.input("w", []float64{-1, 0, 1, -1, 0, 1, -1, 0, 1, -1, -1, -1, 0, 0, 0, 1, 1, 1}, 2, 1, 3, 3)
	look := func(x *graph.Node) *graph.Node { return x.Conv(w, nil, graph.ConvOpts{}).ReLU() }
	g := d.param("G", content, 1, 1, side, side)
	a, of := look(g), look(d.input("S", stripes, 1, 1, side, side))
	j := losses.StyleTransfer(1, 50, losses.ContentCost(a, look(d.input("C", content, 1, 1, side, side))), []*graph.Node{losses.StyleCost(a, of)}, []float64{1})
	prog, err := d.program(j)
	if err != nil {
		return "", err
	}
	first, opt := prog.Loss(), solvers.NewAdam(0.05)
	for range 100 {
		if err := opt.Step(prog.Gradients()); err != nil {
			return "", err
		}
		if err := prog.Run(d.feeds...); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("G 8×8, G = C: J(G) = %s → 100 Adam → %s", num(first), num(prog.Loss())), prog.Close()
}

// tricks are the rows of §1.6.3.
func tricks() []Item {
	return []Item{
		{
			ID: "1.6.3a", Name: "Generative adversarial network (GAN)", NameVI: "Mạng GAN: mô hình sinh và mô hình phân biệt",
			About:     "A generator makes pictures that look real, a discriminator tells them from real ones.",
			AboutVI:   "Mô hình sinh cố gắng tạo ra hình ảnh chân thực nhất, mô hình phân biệt cố gắng phân biệt ảnh được tạo và ảnh thật.",
			Formula:   "J_D = −mean log D(x) − mean log(1 − D(G(z))), J_G = −mean log D(G(z))",
			FormulaVI: "J_D = −trung bình log D(x) − trung bình log(1 − D(G(z))), J_G = −trung bình log D(G(z))",
			Symbol:    "solvers/train.GANTask", Also: []string{"losses.GANDiscriminator", "losses.GANGenerator", "zoo.GANGenerator", "zoo.DCGANGenerator"},
			Test: "solvers/train.TestGAN_learns", Show: "hocsau train gan --epochs 1",
			worked: func(Lang) (string, error) {
				d := newDesk()
				o := losses.GANOpts{Probability: true}
				v, err := d.compute(losses.GANDiscriminator(d.input("real", []float64{0.9}), d.input("fake", []float64{0.2}), o),
					losses.GANGenerator(d.input("fooled", []float64{0.2}), o))
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("D(x) = 0.9, D(G(z)) = 0.2: J_D = %s, J_G = %s", num(v[0][0]), num(v[1][0])), nil
			},
		},
		{
			ID: "1.6.3b", Name: "ResNet", NameVI: "Kiến trúc ResNet: những khối residual",
			About:   "A residual block adds its input to its output, so that gradients reach the first of many layers.",
			AboutVI: "Khối residual cộng đầu vào vào đầu ra, nhờ đó mạng có một lượng lớn các tầng vẫn huấn luyện được.",
			Formula: "a[l+2] = g(a[l] + z[l+2])",
			Symbol:  "zoo.BasicBlock", Also: []string{"zoo.Bottleneck", "zoo.NewResNet20", "zoo.NewResNet50"},
			Test: "solvers/train.TestSection1_6_3_ResidualGradients", Show: "hocsau check gradients resnet20",
			worked: func(l Lang) (string, error) {
				flows, err := train.FlowOverDepth(20, 32, 1)
				if err != nil {
					return "", err
				}
				return fmt.Sprintf(l.of("20 layers, the gradient after two more is times %s plain, times %s residual", "20 tầng, qua hai tầng độ dốc nhân với %s ở mạng thường, %s ở mạng residual"),
					num(flows[0].Decay()), num(flows[1].Decay())), nil
			},
		},
		{
			ID: "1.6.3c", Name: "Inception network", NameVI: "Mạng Inception (tích chập 1 × 1)",
			About:     "Convolutions of several sizes work side by side; 1 × 1 convolutions before them limit the cost.",
			AboutVI:   "Thử các tầng tích chập khác nhau để có nhiều feature đa dạng; thủ thuật tầng tích chập 1 × 1 hạn chế gánh nặng tính toán.",
			Formula:   "[1×1 | 1×1 → 3×3 | 1×1 → 5×5 | pool → 1×1], joined by channel",
			FormulaVI: "[1×1 | 1×1 → 3×3 | 1×1 → 5×5 | pool → 1×1], ghép theo kênh",
			Symbol:    "zoo.Inception", Also: []string{"zoo.InceptionNaive", "zoo.GoogLeNet"},
			Test: "zoo.TestParameters", Show: "hocsau summary googlenet",
			worked: func(l Lang) (string, error) {
				naive, err := measure(func(g *graph.Graph) *graph.Node {
					return zoo.NewInceptionNaive(g.Scope(), 192, 64, 128, 32).Forward(g.Input("x", 1, 192, 28, 28))
				})
				if err != nil {
					return "", err
				}
				m, err := measure(func(g *graph.Graph) *graph.Node {
					c := zoo.InceptionChannels{One: 64, ThreeReduce: 96, Three: 128, FiveReduce: 16, Five: 32, Pool: 32}
					return zoo.NewInception(g.Scope(), 192, c).Forward(g.Input("x", 1, 192, 28, 28))
				})
				return fmt.Sprintf(l.of("module 3a: %s parameters without 1×1, %s with", "module 3a: %s tham số khi không có 1×1, %s khi có"), run.Thousands(naive.parameters), run.Thousands(m.parameters)), err
			},
		},
	}
}
