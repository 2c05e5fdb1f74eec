package cheatsheet

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/digits"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/gradcheck"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo"
)

// tuning are the rows of §3.3.
func tuning() []Item {
	return []Item{
		{
			ID: "3.3a", Name: "Xavier initialisation", NameVI: "Khởi tạo Xavier",
			About:   "The first weights are drawn by the sizes of their layer, so that signals neither die out nor blow up.",
			AboutVI: "Khởi tạo trọng số dựa trên một đặc tính độc nhất của kiến trúc mô hình thay vì hoàn toàn ngẫu nhiên.",
			Formula: "w ~ U(−√(6/(n_in + n_out)), √(6/(n_in + n_out))), Var w = 2/(n_in + n_out)",
			Symbol:  "graph/nn.XavierUniform", Also: []string{"graph/nn.XavierNormal", "graph/nn.Fans"},
			Test: "graph/nn.TestSection3_3_Xavier", Show: "hocsau check init mlp",
			worked: func(Lang) (string, error) {
				d := newDesk()
				d.g.Scope().Param("w", nn.XavierUniform, 100, 300)
				if err := d.g.Err(); err != nil {
					return "", err
				}
				sum, most := 0.0, 0.0
				for _, v := range d.g.Store().Param("w").Values() {
					sum, most = sum+v*v, max(most, math.Abs(v))
				}
				return fmt.Sprintf("n_in = 300, n_out = 100: max|w| = %.4f ≤ √(6/400) = %.4f, Var w = %.5f ≈ 2/400", most, math.Sqrt(6./400), sum/30000), nil
			},
		},
		transfer("3.3b", "Transfer learning: small set", "Transfer learning: tập huấn luyện nhỏ",
			"Freezes all layers, trains the softmax.", "Cố định các tầng, huấn luyện trọng số trên hàm softmax.",
			"θ_1 … θ_L fixed, train softmax", "θ_1 … θ_L cố định, huấn luyện softmax", "small", "fc3"),
		transfer("3.3c", "Transfer learning: medium set", "Transfer learning: tập huấn luyện trung bình",
			"Freezes most layers, trains the last ones and the softmax.", "Cố định hầu hết các tầng, huấn luyện trọng số trên các tầng cuối và hàm softmax.",
			"θ_1 … θ_l fixed, train θ_l+1 … θ_L and softmax", "θ_1 … θ_l cố định, huấn luyện θ_l+1 … θ_L và softmax", "medium", "fc1", "fc2", "fc3"),
		transfer("3.3d", "Transfer learning: large set", "Transfer learning: tập huấn luyện lớn",
			"Trains everything, from the given weights.", "Huấn luyện tất cả các tầng, khởi tạo bằng các trọng số đã được huấn luyện trước.",
			"θ ← given weights, train all", "θ ← trọng số cho trước, huấn luyện tất cả", "large", "conv1", "conv2", "fc1", "fc2", "fc3"),
		{
			ID: "3.3e", Name: "Learning rate", NameVI: "Tốc độ học (learning rate)",
			About:     "How far the weights move at an update; fixed, or changed as the training goes on.",
			AboutVI:   "Mức độ thay đổi của các trọng số sau mỗi lần được cập nhật; có thể được cố định hoặc thay đổi thích ứng.",
			Formula:   "w ← w − α·∂L/∂w, α fixed or α_k",
			FormulaVI: "w ← w − α·∂L/∂w, α cố định hoặc thay đổi α_k",
			Symbol:    "solvers.Schedule", Also: []string{"solvers.ConstantRate", "solvers.StepDecay", "solvers.Plateau", "solvers/train.FindRate"},
			Test: "solvers.TestSchedules", Show: "hocsau check lr mlp",
			worked: func(Lang) (string, error) {
				var parts []string
				for _, s := range []struct {
					name string
					rate solvers.Schedule
				}{
					{"constant", solvers.ConstantRate(0.1)},
					{"step", solvers.StepDecay{Start: 0.1, Every: 30, Gamma: 0.1}},
					{"cosine", solvers.CosineDecay{Start: 0.1, Steps: 100}},
				} {
					parts = append(parts, fmt.Sprintf("%s %s", s.name, nums(s.rate.Rate(0), s.rate.Rate(50), s.rate.Rate(99))))
				}
				return "α_0, α_50, α_99: " + strings.Join(parts, "; "), nil
			},
		},
		{
			ID: "3.3f", Name: "Momentum", NameVI: "Phương thức Momentum (làm giảm dao động)",
			About:   "Damps oscillations, improves SGD; two parameters to tune.",
			AboutVI: "Làm giảm dao động, cải thiện SGD; 2 tham số để tinh chỉnh.",
			Formula: "v_dw = β·v_dw + (1 − β)·dw, w ← w − α·v_dw, b ← b − α·v_db",
			Symbol:  "solvers.Momentum", Also: []string{"solvers.Nesterov"},
			Test: "solvers.TestSection3_3_Momentum", Show: "hocsau train mlp --epochs 1 --solver momentum",
			worked: func(Lang) (string, error) {
				opt := solvers.NewMomentum(0.5)
				opt.Averaged = true
				return steps("α = 0.5, β = 0.9", opt)
			},
		},
		{
			ID: "3.3g", Name: "RMSprop", NameVI: "Phương thức RMSprop (lan truyền root mean square)",
			About:   "Speeds learning up by controlling oscillations.",
			AboutVI: "Lan truyền root mean square; tăng tốc thuật toán học bằng kiểm soát dao động.",
			Formula: "s_dw = β·s_dw + (1 − β)·dw², w ← w − α·dw/√s_dw, b ← b − α·db/√s_db",
			Symbol:  "solvers.RMSprop", Test: "solvers.TestSection3_3_RMSprop", Show: "hocsau train mlp --epochs 1 --solver rmsprop",
			worked: func(Lang) (string, error) { return steps("α = 0.5, β = 0.9", solvers.NewRMSprop(0.5)) },
		},
		{
			ID: "3.3h", Name: "Adam", NameVI: "Phương thức Adam (ước lượng adaptive moment)",
			About:   "The most popular one; four parameters to tune. The usual form corrects the first steps, the printed one does not; both are here.",
			AboutVI: "Ước lượng adaptive moment, phương pháp phổ biến; 4 tham số để tinh chỉnh. Dạng thường dùng có hiệu chỉnh những bước đầu, bản in thì không; ở đây có cả hai.",
			Formula: "w ← w − α·v_dw/(√s_dw + ε), b ← b − α·v_db/(√s_db + ε)",
			Symbol:  "solvers.Adam", Also: []string{"solvers.AdamW", "solvers.AMSGrad"},
			Test: "solvers.TestSection3_3_Adam", Show: "hocsau train mlp --epochs 1 --solver adam",
			worked: func(l Lang) (string, error) {
				printed := solvers.NewAdam(0.5)
				printed.BiasCorrection = false
				a, err := steps("α = 0.5", printed)
				if err != nil {
					return "", err
				}
				b, err := steps("", solvers.NewAdam(0.5))
				return a + l.of("; corrected", "; có hiệu chỉnh") + b, err
			},
		},
		{
			ID: "3.3i", Name: "Adadelta", NameVI: "Phương thức Adadelta (tốc độ học thích nghi)",
			About:   "Steps in the unit of the weights, without a learning rate to choose.",
			AboutVI: "Bước cập nhật có cùng đơn vị với trọng số, không cần chọn tốc độ học.",
			Formula: "d = √(u + ε)/√(s + ε) · dw, w ← w − d",
			Symbol:  "solvers.Adadelta", Test: "solvers.TestSection3_3_Adadelta", Show: "hocsau train mlp --epochs 1 --solver adadelta",
			worked: func(Lang) (string, error) {
				opt := solvers.NewAdadelta(1)
				opt.Rho, opt.Epsilon = 0.5, 1
				return steps("ρ = 0.5, ε = 1", opt)
			},
		},
		{
			ID: "3.3j", Name: "Adagrad", NameVI: "Phương thức Adagrad (tốc độ học thích nghi)",
			About:   "Weights with large past gradients take smaller steps.",
			AboutVI: "Trọng số có các độ dốc trước đây lớn thì bước cập nhật nhỏ lại.",
			Formula: "s ← s + dw², w ← w − α·dw/√s",
			Symbol:  "solvers.Adagrad", Test: "solvers.TestSection3_3_Adagrad", Show: "hocsau train mlp --epochs 1 --solver adagrad",
			worked: func(Lang) (string, error) { return steps("α = 0.5", solvers.NewAdagrad(0.5)) },
		},
		{
			ID: "3.3k", Name: "SGD", NameVI: "Phương thức SGD (cập nhật theo độ dốc của lô nhỏ)",
			About:   "The plain update by the gradient of a batch.",
			AboutVI: "Cập nhật trực tiếp theo độ dốc của một lô.",
			Formula: "w ← w − α·dw",
			Symbol:  "solvers.SGD", Test: "solvers.TestSection3_2_Update", Show: "hocsau train mlp --epochs 1 --solver sgd",
			worked: func(Lang) (string, error) { return steps("α = 0.5", solvers.NewSGD(0.5)) },
		},
	}
}

// transfer is a row of transfer learning, in which the layers named are trained.
func transfer(id, name, nameVI, about, aboutVI, formula, formulaVI, regime string, trained ...string) Item {
	return Item{
		ID: id, Name: name, NameVI: nameVI, About: about, AboutVI: aboutVI, Formula: formula, FormulaVI: formulaVI,
		Symbol: "graph.Store.FreezeAllBut", Also: []string{"graph.Store.Freeze", "graph/checkpoint.Load"},
		Test: "cmd/hocsau.TestTrain_regimes",
		Show: "hocsau train lenet --epochs 1 --out runs/given && hocsau train lenet --epochs 1 --weights runs/given/best/model.safetensors --regime " + regime,
		worked: func(l Lang) (string, error) {
			store := graph.NewStore(graph.Float32, 1)
			store.Sketch()
			g := graph.New(store, graph.Train)
			zoo.NewLeNet(g.Scope(), 10)
			store.FreezeAllBut(trained...)
			n := 0
			for _, p := range store.Params() {
				if !store.Frozen(p.Name()) {
					n += p.Len()
				}
			}
			return fmt.Sprintf(l.of("LeNet-5, %s: %s of %s parameters are trained", "LeNet-5, %s: huấn luyện %s trong %s tham số"),
				strings.Join(trained, ", "), run.Thousands(n), run.Thousands(run.Parameters(store))), g.Err()
		},
	}
}

// steps writes the weight after gradients of 2 and 3, from 1.
func steps(what string, opt solvers.Solver) (string, error) {
	d := newDesk()
	dw := d.g.Input("dw", 1)
	prog, err := d.g.Compile(d.param("w", []float64{1}).Mul(dw).Sum())
	if err != nil {
		return "", err
	}
	var w []float64
	for _, g := range []float64{2, 3} {
		if err := prog.Run(dw.FeedFloat64s([]float64{g})); err != nil {
			return "", err
		}
		if err := opt.Step(prog.Gradients()); err != nil {
			return "", err
		}
		w = append(w, d.g.Store().Param("w").Values()[0])
	}
	if what != "" {
		what = "w = 1, dw = 2, 3, " + what
	}
	return fmt.Sprintf("%s: w → %s → %s", what, num(w[0]), num(w[1])), prog.Close()
}

// regularisation are the rows of §3.4.
func regularisation() []Item {
	return []Item{
		{
			ID: "3.4a", Name: "Dropout", NameVI: "Dropout (loại bỏ các nơ-ron với xác suất p)",
			About:   "Drops neurons at random while training, so that none relies too much on a few features. What is kept is divided by keep = 1 − p.",
			AboutVI: "Loại bỏ các nơ-ron với xác suất p > 0 để tránh overfitting; hầu hết các framework dùng tham số 'keep' = 1 − p.",
			Formula: "y = m ⋆ x/(1 − p), P(m_i = 0) = p",
			Symbol:  "graph/nn.Dropout", Also: []string{"graph.Node.Dropout", "graph.Node.DropoutBy"},
			Test: "graph.TestSection3_4_Dropout", Show: "hocsau train lm --epochs 1 --set dropout=0.5",
			worked: func(Lang) (string, error) {
				d := newDesk()
				v, err := d.compute(nn.NewDropout(d.g.Scope().At("drop"), 0.5).Forward(d.input("x", []float64{1, 2, 3, 4, 5, 6, 7, 8})))
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("p = 0.5, x = 1 … 8: y = %s", nums(v[0]...)), nil
			},
		},
		{
			ID: "3.4b", Name: "LASSO", NameVI: "Chính quy LASSO (giảm hệ số về 0)",
			About:   "Shrinks coefficients to 0; good for choosing variables.",
			AboutVI: "Giảm hệ số về 0; tốt cho việc lựa chọn biến.",
			Formula: "… + λ·‖θ‖₁, λ ∈ R",
			Symbol:  "losses.L1", Also: []string{"solvers.Lasso"},
			Test: "losses.TestSection3_4_Lasso", Show: "hocsau train mlp --epochs 2 --set l1=1e-4",
			worked: func(Lang) (string, error) {
				return penalty("λ = 0.5", func(t *graph.Node) *graph.Node { return losses.L1(0.5, t) })
			},
		},
		{
			ID: "3.4c", Name: "Ridge", NameVI: "Chính quy Ridge (làm cho hệ số nhỏ hơn)",
			About:   "Makes coefficients smaller.",
			AboutVI: "Làm cho hệ số nhỏ hơn.",
			Formula: "… + λ·‖θ‖₂², λ ∈ R",
			Symbol:  "losses.L2", Also: []string{"solvers.Ridge"},
			Test: "losses.TestSection3_4_Ridge", Show: "hocsau train mlp --epochs 2 --set l2=1e-4",
			worked: func(Lang) (string, error) {
				return penalty("λ = 0.5", func(t *graph.Node) *graph.Node { return losses.L2(0.5, t) })
			},
		},
		{
			ID: "3.4d", Name: "Elastic Net", NameVI: "Chính quy Elastic Net (đánh đổi giữa LASSO và Ridge)",
			About:   "Trades choosing variables against small coefficients.",
			AboutVI: "Đánh đổi giữa việc lựa chọn biến và hệ số nhỏ.",
			Formula: "… + λ·[(1 − α)·‖θ‖₁ + α·‖θ‖₂²], λ ∈ R, α ∈ [0, 1]",
			Symbol:  "losses.ElasticNet", Also: []string{"solvers.ElasticNet"},
			Test: "losses.TestSection3_4_ElasticNet", Show: "hocsau train mlp --epochs 2 --set l1=1e-4,l2=1e-4",
			worked: func(Lang) (string, error) {
				return penalty("λ = 0.5, α = 0.2", func(t *graph.Node) *graph.Node { return losses.ElasticNet(0.5, 0.2, t) })
			},
		},
		{
			ID: "3.4e", Name: "Early stopping", NameVI: "Dừng sớm",
			About:     "Ends the training when the validation loss no longer falls.",
			AboutVI:   "Dừng quá trình huấn luyện khi mất mát trên tập thẩm định (validation) đạt đến một ngưỡng nào đó hoặc bắt đầu tăng.",
			Formula:   "stop at epoch k when k − argmin_j L_val(j) ≥ patience",
			FormulaVI: "dừng ở epoch k khi k − argmin_j L_val(j) ≥ patience",
			Symbol:    "solvers.EarlyStopping", Test: "solvers.TestEarlyStopping", Show: "hocsau train mlp --epochs 50 --set patience=2",
			worked: func(l Lang) (string, error) {
				list, early := []float64{0.9, 0.7, 0.6, 0.62, 0.65, 0.5}, solvers.NewEarlyStopping(2)
				at := 0
				for k, loss := range list {
					at = k + 1
					if early.Report(loss) {
						break
					}
				}
				best, loss := early.Best()
				return fmt.Sprintf(l.of("patience 2, L_val = %s: stops after epoch %d, best was epoch %d with %s", "patience 2, L_val = %s: dừng sau epoch %d, tốt nhất là epoch %d với %s"), nums(list...), at, best+1, num(loss)), nil
			},
		},
	}
}

// penalty writes a penalty of θ = (3, −4, 0) with its gradient.
func penalty(what string, of func(theta *graph.Node) *graph.Node) (string, error) {
	d := newDesk()
	theta := d.param("theta", []float64{3, -4, 0})
	prog, err := d.program(of(theta))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("θ = (3, −4, 0), %s: %s, ∂/∂θ = (%s)", what, num(prog.Loss()), nums(prog.Gradient(theta)...)), prog.Close()
}

// habits are the rows of §3.5.
func habits() []Item {
	return []Item{
		{
			ID: "3.5a", Name: "Overfitting a small batch", NameVI: "Overfitting batch nhỏ",
			About:     "A model that cannot learn one small batch by heart has a fault: check it first.",
			AboutVI:   "Một batch nhỏ được truyền vào mạng để xem liệu nó có thể overfit không; nếu không, kiến trúc của mô hình có vấn đề.",
			Formula:   "min_θ L(one batch) → 0",
			FormulaVI: "min_θ L(một batch) → 0",
			Symbol:    "solvers/train.Overfit", Test: "solvers/train.TestOverfit_cases", Show: "hocsau check overfit lenet",
			worked: workedOverfit,
		},
		{
			ID: "3.5b", Name: "Gradient checking", NameVI: "Kiểm tra gradien",
			About:   "Compares the analytical gradient with a numerical one. h must be neither too small (rounding) nor too large (a poor approximation).",
			AboutVI: "So sánh gradien phân tích với gradien số tại các điểm đã cho; chọn h không quá nhỏ (mất ổn định số) cũng không quá lớn (xấp xỉ độ dốc kém).",
			Formula: "df/dx(x) ≈ (f(x + h) − f(x − h))/(2h)",
			Symbol:  "graph/gradcheck.Numerical", Also: []string{"graph/gradcheck.Check"},
			Test: "graph/gradcheck.TestSection3_5_StepSize", Show: "hocsau check grad lenet",
			worked: func(Lang) (string, error) {
				cube := func(x []float64) float64 { return x[0] * x[0] * x[0] }
				var parts []string
				for _, h := range []float64{1e-1, 1e-5} {
					d := gradcheck.Numerical(cube, []float64{2}, h)
					parts = append(parts, fmt.Sprintf("h = %s: %.8f", num(h), d[0]))
				}
				return "f = x³, x = 2, f' = 12; " + strings.Join(parts, "; "), nil
			},
		},
	}
}

// workedOverfit learns sixteen drawn digits by heart.
func workedOverfit(l Lang) (string, error) {
	set, _ := digits.Open(1)
	few := make([]int, 16)
	for i := range few {
		few[i] = i
	}
	batch, err := datasets.Subset(set, few)
	if err != nil {
		return "", err
	}
	model := func(s graph.Scope) nn.Layer { return zoo.NewMLP(s, 784, 32, 10) }
	task, err := train.NewClassifier(graph.NewStore(graph.Float32, 1), model, batch, nil, train.ClassifierOpts{Batch: 16, Seed: 1})
	if err != nil {
		return "", err
	}
	defer task.Close()
	first, last, n, err := train.Overfit(context.Background(), task, solvers.NewAdam(1e-2), 200, 0.05)
	return fmt.Sprintf(l.of("MLP, 16 digits: L = %.2f, after %d steps %.2f", "MLP, 16 chữ số: L = %.2f, sau %d bước %.2f"), first, n, last), err
}
