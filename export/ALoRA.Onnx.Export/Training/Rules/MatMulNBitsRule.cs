using System.Globalization;
using System.Runtime.InteropServices;
using ALoRA.Onnx.Export.Graphs.Proto;
using Attribute = ALoRA.Onnx.Export.Graphs.Attribute;
using DataType = ALoRA.Onnx.Export.Graphs.Proto.TensorProto.Types.DataType;

namespace ALoRA.Onnx.Export.Training.Rules;

/// <summary>y = x · Wᵀ over blocks of codes: dx = dy · W, where W is decoded from the same bytes under another shape.</summary>
/// <remarks>
/// Decoding depends on no activation, so that ONNX Runtime might do it for all matrices before anything else and hold them all: what it
/// reads is multiplied by a one that is made of the gradient's shape. On the processor an operator of our own decodes, which takes a tenth
/// of the time of ONNX Runtime's and reads the bytes as they are stored.
/// </remarks>
internal sealed class MatMulNBitsRule : PlainRule
{
    protected override void Give(NodeProto node, string gradient, GradientTape tape)
    {
        if (node.Optional(4) is not null || node.Optional(5) is not null)
        {
            throw GradientRules.NoRule(node, "an order of columns or a bias");
        }

        if (tape.DecodedRows is { } mostRows)
        {
            tape.Give(node.Input[0], Product(node, gradient, tape.Nodes, mostRows));
            return;
        }

        Codes codes = new(node, tape.Nodes, tape.SharesBytes);
        string product = tape.Nodes.Add("MatMul", [gradient, codes.Decode(gradient)]);
        tape.Give(node.Input[0], codes.IsPadded
            ? tape.Nodes.Add(
                "Slice", [product, tape.Nodes.Vector(0), tape.Nodes.Vector(codes.Columns), tape.Nodes.Vector(-1)])
            : product);
    }

    // Of a matrix with many rows, as a head's, some are decoded at a time: all of them would be the largest value of a training. Each part
    // waits for the sum of those before it.
    private static string Product(NodeProto node, string gradient, TrainingNodes nodes, int mostRows)
    {
        long rows = node.Int("N");
        long columns = node.Int("K");
        string? sum = null;
        for (long first = 0; first < rows; first += mostRows)
        {
            long count = Math.Min(mostRows, rows - first);
            string part = rows <= mostRows ? gradient : nodes.Add(
                "Slice", [gradient, nodes.Vector(first), nodes.Vector(first + count), nodes.Vector(-1)]);
            string[] inputs = [node.Input[1], node.Input[2], sum ?? part];
            string matrix = nodes.Add(
                "DecodeBlocks", node.Optional(3) is { } zeroPoints ? [.. inputs, zeroPoints] : inputs,
                Attribute.Ints("bits", [node.Int("bits", 4)]), Attribute.Ints("columns", [columns]),
                Attribute.Ints("rows", [first, count]));
            string product = nodes.Add("MatMul", [part, matrix]);
            sum = sum is null ? product : nodes.Add("Add", [sum, product]);
        }

        return sum!;
    }

    // Rows of codes end in whole blocks, whatever the number of columns.
    private sealed class Codes(NodeProto node, TrainingNodes nodes, bool sharesBytes)
    {
        private readonly long _bits = node.Int("bits", 4);
        private readonly long _rows = node.Int("N");
        private readonly long _block = node.Int("block_size");

        public long Columns => node.Int("K");

        public bool IsPadded => Blocks * _block != Columns;

        private long Blocks => (Columns + _block - 1) / _block;

        // Two zero points of 4 bits share a byte: where their number is odd, each row ends in half a byte, which no 4-bit tensor does.
        public string Decode(string gradient) => _bits == 4 && (sharesBytes || (Blocks % 2 == 1 && node.Optional(3) is not null))
            ? Gather(gradient)
            : Dequantize(gradient);

        private string Dequantize(string gradient)
        {
            DataType type = _bits switch
            {
                4 => DataType.Uint4,
                8 => DataType.Uint8,
                _ => throw GradientRules.NoRule(node, string.Create(CultureInfo.InvariantCulture, $"codes of {_bits} bits")),
            };
            string stored = nodes.View(node.Input[2], null, _rows, Blocks);
            DataType narrow = (DataType)nodes.Initializer(stored).DataType;
            string scales = nodes.Add("Mul", [Cast(stored, narrow, DataType.Float), One(gradient)]);
            string zeroPoints = node.Optional(3) is { } given ? nodes.View(given, type, _rows, Blocks) : Middle(type);
            string decoded = nodes.Add(
                "DequantizeLinear", [nodes.View(node.Input[1], type, _rows, Blocks * _block), scales, zeroPoints],
                Attribute.Int("axis", 1), Attribute.Int("block_size", _block));
            return Cast(decoded, DataType.Float, narrow);
        }

        private string Cast(string value, DataType from, DataType to) =>
            from == to ? value : nodes.Add("Cast", [value], Attribute.Int("to", (int)to));

        private string Gather(string gradient)
        {
            long[] all = [.. Enumerable.Range(0, checked((int)_rows)).Select(row => (long)row)];
            string indices = nodes.Constant(
                string.Create(CultureInfo.InvariantCulture, $"train/rows/{_rows}"), DataType.Int64, [_rows],
                MemoryMarshal.AsBytes<long>(all));
            List<string> inputs =
            [
                nodes.View(node.Input[1], DataType.Uint8, _rows, Blocks * _block * _bits / 8),
                nodes.Add("Mul", [indices, Cast(One(gradient), DataType.Float, DataType.Int64)]),
                nodes.View(node.Input[2], null, _rows, Blocks),
            ];
            if (node.Optional(3) is { } zeroPoints)
            {
                inputs.Add(nodes.View(zeroPoints, DataType.Uint8, _rows, ((Blocks * _bits) + 7) / 8));
            }

            return nodes.Add(
                "GatherBlockQuantized", [.. inputs], Attribute.Int("bits", _bits), Attribute.Int("block_size", _block),
                Attribute.Int("gather_axis", 0), Attribute.Int("quantize_axis", 1));
        }

        // In the device's memory from the beginning: a quotient of sizes would be the processor's, and be copied in each run.
        private string One(string gradient)
        {
            string sequences = nodes.Add("Shape", [gradient], Attribute.Int("start", 0), Attribute.Int("end", 1));
            string ones = nodes.Add("Expand", [nodes.Scalar(1), sequences]);
            string first = nodes.Constant("train/index/0", DataType.Int64, [], MemoryMarshal.AsBytes<long>([0L]));
            return nodes.Add("Gather", [ones, first], Attribute.Int("axis", 0));
        }

        private string Middle(DataType type)
        {
            byte[] bytes = new byte[((_rows * Blocks * _bits) + 7) / 8];
            bytes.AsSpan().Fill((byte)(_bits == 4 ? 0x88 : 0x80));
            return nodes.Constant(
                string.Create(CultureInfo.InvariantCulture, $"train/zero_points/{_bits}/{_rows}x{Blocks}"), type, [_rows, Blocks], bytes);
        }
    }
}
