using Attribute = ALoRA.Onnx.Export.Graphs.Attribute;
using DataType = ALoRA.Onnx.Export.Graphs.Proto.TensorProto.Types.DataType;

namespace ALoRA.Onnx.Export.Tests.Training.Rules;

/// <summary>Rules of matrix products.</summary>
[TestClass]
public sealed class ProductRuleTests
{
    [TestMethod]
    [DataRow(1f)]
    [DataRow(-2.5f)]
    public void Compare_ProductWithAFrozenMatrix_GivesTheInputsGradient(float alpha)
    {
        RuleCheck check = new();
        check.Node(
            "FusedMatMul", [check.Trained("x", 2, 3, 4), check.Stored("w", [5, 4])], ["y"], Attribute.Int("transB", 1),
            Attribute.Float("alpha", alpha));
        check.Weight("y", 2, 3, 5);
        check.Compare("y");
    }

    [TestMethod]
    public void Compare_ProductOfTwoTrained_GivesBothGradients()
    {
        RuleCheck check = new();
        check.Node(
            "FusedMatMul", [check.Trained("x", 2, 3, 4), check.Trained("w", 5, 4)], ["y"], Attribute.Int("transB", 1),
            Attribute.Float("alpha", 0.75f));
        check.Weight("y", 2, 3, 5);
        check.Compare("y");
    }

    [TestMethod]
    public void Compare_MatMul_GivesBothGradients()
    {
        RuleCheck check = new();
        check.Node("MatMul", [check.Trained("x", 2, 3, 4), check.Trained("w", 4, 5)], ["y"]);
        check.Weight("y", 2, 3, 5);
        check.Compare("y");
    }

    [TestMethod]
    public void Apply_ProductThatTransposesTheLeft_IsRefusedByName()
    {
        RuleCheck check = new();
        check.Node("FusedMatMul", [check.Trained("x", 4, 3), check.Stored("w", [5, 4])], ["y"], Attribute.Int("transA", 1));
        check.Weight("y", 3, 5);
        NotSupportedException refused = Assert.ThrowsExactly<NotSupportedException>(() => check.Compare("y"));
        StringAssert.Contains(refused.Message, "the operator FusedMatMul with a product other than x·Wᵀ");
    }

    // Rows of codes, blocks of 16 or 32: even and odd numbers of blocks, a last block that the columns do not fill.
    [TestMethod]
    [DataRow(4, 64, 32, false)]
    [DataRow(4, 64, 32, true)]
    [DataRow(4, 96, 32, true)]
    [DataRow(4, 96, 32, false)]
    [DataRow(4, 80, 32, true)]
    [DataRow(4, 48, 32, false)]
    [DataRow(4, 48, 16, true)]
    [DataRow(8, 64, 32, false)]
    [DataRow(8, 96, 32, true)]
    [DataRow(8, 80, 32, true)]
    public void RunInFloat32_ProductWithCodes_EqualsTheDecodedMatrix(int bits, int columns, int block, bool hasZeroPoints)
    {
        const int Rows = 6;
        RuleCheck check = new();
        Random random = new(5);
        int blocks = (columns + block - 1) / block;
        byte[] codes = new byte[Rows * blocks * block * bits / 8];
        random.NextBytes(codes);
        byte[] zeroPoints = new byte[Rows * (((blocks * bits) + 7) / 8)];
        random.NextBytes(zeroPoints);
        float[] scales = [.. Enumerable.Range(0, Rows * blocks).Select(_ => random.NextSingle() + 0.1f)];
        string[] inputs =
        [
            check.Trained("x", 2, 3, columns),
            check.Stored("codes", DataType.Uint8, [Rows, blocks, block * bits / 8], codes),
            check.Stored("scales", [Rows, blocks], scales),
            .. hasZeroPoints
                ? [check.Stored("zeros", DataType.Uint8, [Rows, ((blocks * bits) + 7) / 8], zeroPoints)]
                : Array.Empty<string>(),
        ];
        check.Node(
            "MatMulNBits", inputs, ["y"], Attribute.Int("K", columns), Attribute.Int("N", Rows), Attribute.Int("bits", bits),
            Attribute.Int("block_size", block), Attribute.Int("accuracy_level", 1));
        check.Weight("y", 2, 3, Rows);

        float[] gradient = check.RunInFloat32("y")[0];

        float[] weights = check.Values("weight/y");
        for (int row = 0; row < 6; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                double expected = 0;
                for (int n = 0; n < Rows; n++)
                {
                    expected += weights[(row * Rows) + n] * Decoded(n, column);
                }

                Assert.AreEqual(expected, gradient[(row * columns) + column], 1e-3, $"row {row}, column {column}");
            }
        }

        double Decoded(int row, int column)
        {
            int zero = !hasZeroPoints ? 1 << (bits - 1) : Code(zeroPoints, row * (((blocks * bits) + 7) / 8), column / block);
            return (Code(codes, row * blocks * block * bits / 8, column) - zero) * (double)scales[(row * blocks) + (column / block)];
        }

        int Code(byte[] packed, int start, int index) =>
            bits == 8 ? packed[start + index] : (packed[start + (index / 2)] >> (index % 2 * 4)) & 15;
    }
}
