package cheatsheet

import (
	"fmt"
	"strings"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/augment"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers"
)

// pictures are the rows of §3.1.
func pictures() []Item {
	const test = "datasets/augment.TestSection3_1_DataAugmentation"
	return []Item{
		{
			ID: "3.1a", Name: "Augmentation: original", NameVI: "Data augmentation: hình gốc",
			About:   "The picture without any change.",
			AboutVI: "Hình ảnh không có bất kỳ sửa đổi nào.",
			Formula: "x' = x",
			Symbol:  "datasets/augment.Pipeline", Test: "datasets/augment.TestSection3_1_Original", Show: "hocsau data preview shapes --n 8",
			worked: func(Lang) (string, error) {
				p, err := augment.NewPipeline(1, []int{1, 2, 3})
				if err != nil {
					return "", err
				}
				x := []float32{0, 0.1, 0.2, 0.3, 0.4, 0.5}
				p.Apply(x, 0, 0)
				return "x = " + grid(augment.Image[float32]{Pix: x, C: 1, H: 2, W: 3}), nil
			},
		},
		{
			ID: "3.1b", Name: "Augmentation: flip", NameVI: "Data augmentation: lật",
			About:   "Mirrors the picture along an axis that keeps its meaning.",
			AboutVI: "Lật đối với một trục mà ý nghĩa của hình ảnh được giữ nguyên.",
			Formula: "x'_ij = x_i,W−1−j",
			Symbol:  "datasets/augment.FlipHorizontal", Also: []string{"datasets/augment.RandomFlip"},
			Test: test, Show: "hocsau data preview shapes --n 8 --augment flip:1",
			worked: func(Lang) (string, error) { return changed(augment.FlipHorizontal[float64]) },
		},
		{
			ID: "3.1c", Name: "Augmentation: rotation", NameVI: "Data augmentation: xoay với một góc nhỏ",
			About:   "Turns the picture by a small angle, as if the horizon were not level.",
			AboutVI: "Xoay với một góc nhỏ, mô phỏng hiệu chỉnh đường chân trời không chính xác.",
			Formula: "x'(u, v) = x(u·cos φ − v·sin φ, u·sin φ + v·cos φ)",
			Symbol:  "datasets/augment.Rotate", Also: []string{"datasets/augment.RandomRotation"},
			Test: test, Show: "hocsau data preview shapes --n 8 --augment rotate:20",
			worked: func(Lang) (string, error) {
				s, err := changed(func(x augment.Image[float64]) (augment.Image[float64], error) { return augment.Rotate(x, 180) })
				return "φ = 180°: " + s, err
			},
		},
		{
			ID: "3.1d", Name: "Augmentation: random crop", NameVI: "Data augmentation: cắt ngẫu nhiên",
			About:   "Takes a random part of the picture.",
			AboutVI: "Lấy nét ngẫu nhiên trên một phần của hình ảnh; một số cách cắt ngẫu nhiên có thể được thực hiện liên tiếp.",
			Formula: "x'_ij = x_i+top,j+left",
			Symbol:  "datasets/augment.PadCrop", Also: []string{"datasets/augment.Crop", "datasets/augment.RandomCrop"},
			Test: test, Show: "hocsau data preview shapes --n 8 --augment crop:8",
			worked: func(Lang) (string, error) {
				s, err := changed(func(x augment.Image[float64]) (augment.Image[float64], error) { return augment.Crop(x, 0, 1, 2, 2) })
				return "top = 0, left = 1: " + s, err
			},
		},
		{
			ID: "3.1e", Name: "Augmentation: colour shift", NameVI: "Data augmentation: dịch chuyển màu",
			About:   "Shades of red, green and blue are changed a little, as light does.",
			AboutVI: "Các sắc thái của RGB bị thay đổi một chút, như nhiễu khi tiếp xúc với ánh sáng nhẹ.",
			Formula: "x'_c = clip(x_c + s_c, 0, 1)",
			Symbol:  "datasets/augment.ColorShift", Also: []string{"datasets/augment.RandomColorShift"},
			Test: test, Show: "hocsau data preview shapes --n 8 --augment color:0.3",
			worked: func(Lang) (string, error) {
				s, err := changed(func(x augment.Image[float64]) (augment.Image[float64], error) {
					return augment.ColorShift(x, []float64{0.25})
				})
				return "s = 0.25: " + s, err
			},
		},
		{
			ID: "3.1f", Name: "Augmentation: noise", NameVI: "Data augmentation: thêm nhiễu",
			About:   "Adds noise, so that the quality of pictures matters less.",
			AboutVI: "Bổ sung nhiễu để chịu được sự thay đổi chất lượng của các yếu tố đầu vào.",
			Formula: "x' = clip(x + n, 0, 1), n ~ N(0, σ²)",
			Symbol:  "datasets/augment.AddNoise", Also: []string{"datasets/augment.RandomNoise"},
			Test: test, Show: "hocsau data preview shapes --n 8 --augment noise:0.1",
			worked: func(Lang) (string, error) {
				s, err := changed(func(x augment.Image[float64]) (augment.Image[float64], error) {
					return augment.AddNoise(x, []float64{0.02, -0.01, 0.03, -0.02, 0, 0.01})
				})
				return "n = (0.02, −0.01, 0.03, −0.02, 0, 0.01): " + s, err
			},
		},
		{
			ID: "3.1g", Name: "Augmentation: loss of information", NameVI: "Data augmentation: mất mát thông tin",
			About:     "Parts of the picture are left out, as they may be missing in life.",
			AboutVI:   "Các phần của hình ảnh bị bỏ qua, mô phỏng khả năng mất của các phần trong hình ảnh.",
			Formula:   "x'_ij = fill inside a rectangle, x_ij outside",
			FormulaVI: "x'_ij = fill trong một hình chữ nhật, x_ij ở ngoài",
			Symbol:    "datasets/augment.Cutout", Also: []string{"datasets/augment.RandomCutout", "datasets/augment.RandomErase"},
			Test: test, Show: "hocsau data preview shapes --n 8 --augment cutout:16",
			worked: func(Lang) (string, error) {
				s, err := changed(func(x augment.Image[float64]) (augment.Image[float64], error) {
					return augment.Cutout(x, 0, 1, 2, 1, 0.7)
				})
				return "fill = 0.7: " + s, err
			},
		},
		{
			ID: "3.1h", Name: "Augmentation: contrast change", NameVI: "Data augmentation: thay đổi độ tương phản",
			About:   "Changes brightness and contrast, as the hour of the day does.",
			AboutVI: "Thay đổi độ sáng, kiểm soát sự khác biệt do phơi sáng theo thời gian trong ngày.",
			Formula: "x' = clip(μ + f·(x − μ), 0, 1)",
			Symbol:  "datasets/augment.Contrast", Also: []string{"datasets/augment.Brightness", "datasets/augment.RandomContrast"},
			Test: test, Show: "hocsau data preview shapes --n 8 --augment contrast:0.7",
			worked: func(Lang) (string, error) {
				s, err := changed(func(x augment.Image[float64]) (augment.Image[float64], error) { return augment.Contrast(x, 2) })
				return "f = 2: " + s, err
			},
		},
		{
			ID: "3.1i", Name: "Batch normalisation", NameVI: "Chuẩn hóa batch",
			About:   "Brings each channel of a batch to mean β and deviation γ; after FC or CONV, before the non-linearity. Allows higher learning rates and depends less on the first weights.",
			AboutVI: "Chuẩn hóa tập dữ liệu {x_i}, sau một lớp fully connected/nhân chập và trước lớp phi tuyến tính; cho phép tốc độ học cao hơn và giảm thiểu sự phụ thuộc vào khởi tạo.",
			Formula: "x_i ← γ·(x_i − μ_B)/√(σ_B² + ε) + β",
			Symbol:  "graph/nn.BatchNorm", Also: []string{"graph.Node.BatchNorm"},
			Test: "graph.TestSection3_1_BatchNorm", Show: "notebooks/12-little-data.ipynb",
			worked: func(Lang) (string, error) {
				d := newDesk()
				y, mean, variance := d.input("x", []float64{1, 3, 5, 7}, 4, 1).BatchNorm(d.input("gamma", []float64{2}), d.input("beta", []float64{10}), 0)
				v, err := d.compute(mean, variance, y)
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("x = 1, 3, 5, 7, γ = 2, β = 10, ε = 0: μ_B = %s, σ_B² = %s, x ← %s", nums(v[0]...), nums(v[1]...), nums(v[2]...)), nil
			},
		},
	}
}

// changed writes what a change makes of a small picture.
func changed(change func(x augment.Image[float64]) (augment.Image[float64], error)) (string, error) {
	x := augment.Image[float64]{Pix: []float64{0, 0.1, 0.2, 0.3, 0.4, 0.5}, C: 1, H: 2, W: 3}
	before := grid(x)
	y, err := change(x)
	if err != nil {
		return "", err
	}
	return before + " → " + grid(y), nil
}

// grid writes the rows of a picture.
func grid[T augment.Float](x augment.Image[T]) string {
	rows := make([]string, x.H)
	for i := range rows {
		words := make([]string, x.W)
		for j := range words {
			words[j] = num(float64(x.Pix[i*x.W+j]))
		}
		rows[i] = strings.Join(words, " ")
	}
	return "(" + strings.Join(rows, "; ") + ")"
}

// training are the rows of §3.2.
func training() []Item {
	return []Item{
		{
			ID: "3.2a", Name: "Epoch", NameVI: "Epoch (một vòng lặp duyệt toàn bộ tập huấn luyện)",
			About:     "One pass over the whole training set; each example is seen once.",
			AboutVI:   "Một vòng lặp mà mô hình sẽ duyệt toàn bộ tập dữ liệu huấn luyện để cập nhật trọng số của nó.",
			Formula:   "1 epoch = ⌈N/batch⌉ steps, each example once",
			FormulaVI: "1 epoch = ⌈N/batch⌉ bước, mỗi điểm dữ liệu một lần",
			Symbol:    "datasets.Loader", Also: []string{"datasets.Permutation", "solvers/train.Epoch"},
			Test: "datasets.TestLoader_epochVisitsEachExampleOnce", Show: "hocsau train mlp --epochs 2",
			worked: func(l Lang) (string, error) {
				return fmt.Sprintf("N = 8; epoch 1: %s; epoch 2: %s", strings.Join(ints(datasets.Permutation(8, 1, 0)), " "), strings.Join(ints(datasets.Permutation(8, 1, 1)), " ")), nil
			},
		},
		{
			ID: "3.2b", Name: "Mini-batch gradient descent", NameVI: "Mini-batch gradient descent (cập nhật trên các lô nhỏ)",
			About:   "The weights are updated by a few examples at a time: cheaper than all, less noisy than one. The size of the batch is a hyper-parameter.",
			AboutVI: "Bước cập nhật được thực hiện trên các lô nhỏ (mini-batch), trong đó số lượng điểm dữ liệu trong một lô là một siêu tham số.",
			Formula: "w ← w − α · 1/|B| · Σ_{i∈B} ∂L_i/∂w",
			Symbol:  "solvers/train.Loop", Also: []string{"datasets.LoaderOptions", "solvers/train.Classifier"},
			Test: "solvers/train.TestLoop_learns", Show: "hocsau train mlp --epochs 1 --batch 16",
			worked: workedBatches,
		},
		{
			ID: "3.2c", Name: "Loss function", NameVI: "Hàm mất mát L(z, y)",
			About:   "How far the output z of the model is from the truth y.",
			AboutVI: "Đánh giá mức độ đầu ra thực tế y được dự đoán chính xác bởi đầu ra của mô hình là z.",
			Formula: "L(z, y)",
			Symbol:  "losses.CrossEntropy", Also: []string{"losses.MSE", "losses.BinaryCrossEntropy"},
			Test: "losses.TestCrossEntropy_agree", Show: "hocsau check overfit lenet",
			worked: func(Lang) (string, error) {
				d := newDesk()
				z := d.input("z", []float64{2, 0, 0}, 1, 3)
				right := losses.CrossEntropy(z, d.ints("right", []int{0}), losses.CrossEntropyOpts{})
				wrong := losses.CrossEntropy(z, d.ints("wrong", []int{1}), losses.CrossEntropyOpts{})
				v, err := d.compute(right, wrong)
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("z = (2, 0, 0): y = 1 → L = %s; y = 2 → L = %s", num(v[0][0]), num(v[1][0])), nil
			},
		},
		{
			ID: "3.2d", Name: "Cross-entropy loss", NameVI: "Cross-entropy loss (phân loại nhị phân)",
			About:   "The usual loss of a yes-or-no question.",
			AboutVI: "Hàm mất mát thường được sử dụng khi áp dụng phân loại nhị phân (binary classification).",
			Formula: "L(z, y) = −[y·log z + (1 − y)·log(1 − z)]",
			Symbol:  "losses.BinaryCrossEntropy", Also: []string{"losses.BinaryCrossEntropyLogit"},
			Test: "losses.TestSection3_2_CrossEntropy", Show: "hocsau check overfit siamese",
			worked: func(Lang) (string, error) {
				d := newDesk()
				v, err := d.compute(losses.BinaryCrossEntropy(d.input("z", []float64{0.9, 0.9}), d.input("y", []float64{1, 0}), losses.Opts{Reduction: losses.None}))
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("z = 0.9: y = 1 → L = %s; y = 0 → L = %s", num(v[0][0]), num(v[0][1])), nil
			},
		},
		{
			ID: "3.2e", Name: "Back-propagation", NameVI: "Lan truyền ngược (backpropagation)",
			About:   "The derivative by each weight follows from the chain rule, from the loss backwards.",
			AboutVI: "Đạo hàm tương ứng với từng trọng số w được tính bằng quy tắc chuỗi.",
			Formula: "∂L/∂x = ∂L/∂f(x) · ∂f(x)/∂x, w ← w − α·∂L(z, y)/∂w",
			Symbol:  "graph.Graph.Compile", Also: []string{"graph.Program.Gradient"},
			Test: "graph.TestSection3_2_ChainRule", Show: "hocsau check grad lenet",
			worked: func(Lang) (string, error) {
				d := newDesk()
				x, w := d.input("x", []float64{2}), d.param("w", []float64{0.5})
				prog, err := d.program(x.Mul(w).Sigmoid().Square().Sum())
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("L = σ(w·x)², x = 2, w = 0.5: L = %s, ∂L/∂w = 2σ·σ(1 − σ)·x = %s", num(prog.Loss()), num(prog.Gradient(w)[0])), nil
			},
		},
		{
			ID: "3.2f", Name: "Updating weights", NameVI: "Cập nhật trọng số",
			About:     "Step 1: a batch goes forward and gives the loss. Step 2: the loss goes backward and gives the gradient. Step 3: the gradient changes the weights.",
			AboutVI:   "Bước 1: lan truyền xuôi một loạt dữ liệu để tính mất mát. Bước 2: lan truyền ngược để có độ dốc theo từng trọng số. Bước 3: dùng độ dốc để cập nhật trọng số.",
			Formula:   "forward: L; backward: ∂L/∂w; update: w ← w − α·∂L/∂w",
			FormulaVI: "lan truyền xuôi: L; lan truyền ngược: ∂L/∂w; cập nhật: w ← w − α·∂L/∂w",
			Symbol:    "graph.Program.Run", Also: []string{"solvers.SGD.Step"},
			Test: "solvers.TestSection3_2_Update", Show: "hocsau check overfit mlp",
			worked: func(Lang) (string, error) {
				d := newDesk()
				w := d.param("w", []float64{0})
				prog, err := d.program(w.Sub(d.input("y", []float64{3})).Square().Sum())
				if err != nil {
					return "", err
				}
				opt := solvers.NewSGD(0.25)
				var parts []string
				for range 3 {
					parts = append(parts, fmt.Sprintf("w = %s, L = %s, ∂L/∂w = %s", num(d.g.Store().Param("w").Values()[0]), num(prog.Loss()), num(prog.Gradient(w)[0])))
					if err := opt.Step(prog.Gradients()); err != nil {
						return "", err
					}
					if err := prog.Run(d.feeds...); err != nil {
						return "", err
					}
				}
				return "L = (w − 3)², α = 0.25: " + strings.Join(parts, " → "), nil
			},
		},
	}
}

// workedBatches fits a line by two examples at a time.
func workedBatches(Lang) (string, error) {
	const n = 10
	x, y := make([]float32, n), make([]int, n)
	for i := range x {
		x[i], y[i] = float32(i)/n, 0
	}
	set, err := datasets.NewInMemory([]int{1}, []string{"line"}, x, y)
	if err != nil {
		return "", err
	}
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	in := g.Input("x", 2, 1)
	w := g.Scope().Param("w", graph.Constant(0), 1, 1)
	prog, err := g.Compile(in.Mul(w).Sub(in.Scale(3)).Square().Mean()) // the line is 3x
	if err != nil {
		return "", err
	}
	loader, opt, steps := datasets.NewLoader(set, datasets.LoaderOptions{Batch: 2, Seed: 1}), solvers.NewSGD(0.4), 0
	defer loader.Close()
	for epoch := range 10 {
		for loader.Restart(epoch, 0); loader.Next(); steps++ {
			if err := prog.Run(in.Feed(loader.Batch().X)); err != nil {
				return "", err
			}
			if err := opt.Step(prog.Gradients()); err != nil {
				return "", err
			}
		}
	}
	if err := loader.Err(); err != nil {
		return "", err
	}
	return fmt.Sprintf("y = 3x, N = %d, |B| = 2: 10 epoch = %d × (w ← w − α·∂L/∂w): w = %.3f", n, steps, g.Store().Param("w").Values()[0]), prog.Close()
}
