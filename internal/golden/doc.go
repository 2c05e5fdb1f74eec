// Package golden runs the code of this repository against reference values
// that trusted libraries computed.
//
// The suite is a folder of families, each a folder of cases; a case is a JSON
// file with the operation, its settings and tolerances, beside a safetensors
// file with its tensors. A package tests all cases of the operations that the
// table in ops.go gives it:
//
//	func TestReference(t *testing.T) {
//		golden.Run(t, "losses", func(t *testing.T, c *golden.Case) {
//			switch c.Op {
//			case "mse":
//				y, grad := mse(c.Tensor("input.z").F64, c.Tensor("input.y").F64, c.Params.String("reduction"))
//				c.Check("output.y", y, nil)
//				c.Check("grad.z", grad, c.Tensor("input.z").Shape)
//			default:
//				t.Fatalf("no test for %s", c.Op)
//			}
//		})
//	}
//
// Every tensor that has a tolerance must be checked, or the case fails. The
// suite is no part of the repository: it lies in the folder that the
// environment variable HOCSAU_REFERENCE names, else in ../shared/reference
// beside the checkout; where neither is found the tests skip.
package golden
