using ALoRA.Onnx.Operators;
using ALoRA.Onnx.Operators.Cpu;
using Microsoft.ML.OnnxRuntime.Tensors;
using OrtApi = ALoRA.Onnx.Operators.OrtApi;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>What the operators of single tokens on CUDA compute, by plain loops on the processor in float32.</summary>
internal static unsafe class PlainStepOperators
{
    // In one process an operator's domain is made once. Adapters of float32 have the processor's own operator.
    private static readonly Lazy<OperatorDomain> Known = new(
        () => new OperatorDomain(
            OrtApi.TryGet(out _)!, [.. All(), new LoraAdd(TensorElementType.Float), new LoraAdd(TensorElementType.BFloat16)]));

    /// <summary>A domain of them, and of the processor's operator for adapters.</summary>
    public static OperatorDomain Domain => Known.Value;

    private static OperatorDefinition[] All() =>
    [
        new Plain("RmsNorm", 2, 1, FirstOutput.OwnMemory, info =>
        {
            float epsilon = info.Floats("epsilon").Single();
            return context => Norm(context, epsilon);
        }),
        new Plain("LoraProduct", 3, 1, FirstOutput.OwnShape, info =>
        {
            bool isSwiGlu = info.Integers("swiglu") is [1];
            float scale = info.Floats("scale") is [float one] ? one : 1;
            return context => Product(context, Values(context.Input(1)), context.Input(2), isSwiGlu, scale);
        }),
        new Plain("NibbleProduct", 5, 1, FirstOutput.OwnShape, info =>
        {
            bool isSwiGlu = info.Integers("swiglu") is [1];
            float scale = info.Floats("scale") is [float one] ? one : 1;
            return context => Product(context, Widen(context), context.Input(4), isSwiGlu, scale);
        }),
        new Plain("SwiGlu", 1, 1, FirstOutput.OwnShape, _ => Gates),
        new Plain("StepAttention", 8, 4, FirstOutput.OwnShape, info =>
        {
            int heads = (int)info.Integers("heads").Single();
            int keyHeads = (int)info.Integers("kv_heads").Single();
            float scale = info.Floats("scale").Single();
            return context => Attention(context, heads, keyHeads, scale);
        }),
    ];

    private static Span<float> Values(KernelTensor tensor)
    {
        long count = 1;
        foreach (long size in tensor.Shape)
        {
            count *= size;
        }

        return new Span<float>(tensor.Data, (int)count);
    }

    private static void Norm(KernelContext context, float epsilon)
    {
        Span<float> x = Values(context.Input(0));
        Span<float> weight = Values(context.Input(1));
        Span<float> y = Values(context.Output(0, context.Input(0).Shape));
        for (int row = 0; row < x.Length; row += weight.Length)
        {
            double squares = 0;
            for (int index = 0; index < weight.Length; index++)
            {
                squares += (double)x[row + index] * x[row + index];
            }

            for (int index = 0; index < weight.Length; index++)
            {
                y[row + index] = (float)(x[row + index] / Math.Sqrt((squares / weight.Length) + epsilon) * weight[index]);
            }
        }
    }

    private static void Gates(KernelContext context)
    {
        KernelTensor input = context.Input(0);
        Span<float> x = Values(input);
        int width = (int)input.Shape[^1] / 2;
        Span<float> y = Values(context.Output(0, (long[])[.. input.Shape[..^1], width]));
        for (int index = 0; index < y.Length; index++)
        {
            int gate = (index / width * 2 * width) + (index % width);
            y[index] = (float)(x[gate] / (1 + Math.Exp(-x[gate])) * x[gate + width]);
        }
    }

    // Blocks of 32 codes in 16 bytes, the one of even index in the low half of a byte.
    private static float[] Widen(KernelContext context)
    {
        long[] shape = context.Input(1).Shape.ToArray();
        int blocks = (int)shape[1];
        ReadOnlySpan<byte> codes = new(context.Input(1).Data, (int)(shape[0] * blocks * shape[2]));
        Span<float> scales = Values(context.Input(2));
        KernelTensor zeros = context.Input(3);
        int row = (blocks + 1) / 2;
        ReadOnlySpan<byte> zeroCodes = zeros.Exists ? new(zeros.Data, (int)shape[0] * row) : default;
        float[] values = new float[codes.Length * 2];
        for (int index = 0; index < values.Length; index++)
        {
            int block = index / 32;
            int zero = zeros.Exists ? Half(zeroCodes[(block / blocks * row) + (block % blocks / 2)], block % blocks) : 8;
            values[index] = (Half(codes[index / 2], index) - zero) * scales[block];
        }

        return values;
    }

    private static int Half(byte two, int index) => index % 2 == 0 ? two & 15 : two >> 4;

    private static void Product(KernelContext context, ReadOnlySpan<float> w, KernelTensor residual, bool isSwiGlu, float scale)
    {
        KernelTensor input = context.Input(0);
        Span<float> x = Values(input);
        int width = (int)input.Shape[^1];
        int outputs = w.Length / width / (isSwiGlu ? 2 : 1);
        long[] shape = [.. input.Shape[..^1], outputs];
        Span<float> y = Values(context.Output(0, shape));
        Span<float> added = residual.Exists ? Values(residual) : default;
        for (int index = 0; index < y.Length; index++)
        {
            int row = index / outputs * width;
            int output = index % outputs;
            double value = Dot(x[row..], w[(output * width)..], width);
            if (isSwiGlu)
            {
                value = value / (1 + Math.Exp(-value)) * Dot(x[row..], w[((outputs + output) * width)..], width);
            }

            y[index] = (float)((scale * value) + (residual.Exists ? added[index] : 0));
        }
    }

    private static void Attention(KernelContext context, int heads, int keyHeads, float scale)
    {
        KernelTensor input = context.Input(0);
        long[] cache = context.Input(1).Shape.ToArray();
        (int batch, int rows) = ((int)input.Shape[0], (int)input.Shape[1]);
        (int capacity, int size) = ((int)cache[2], (int)cache[3]);
        Span<float> qkv = Values(input);
        Span<float> keys = Values(context.Output(1, cache));
        Span<float> values = Values(context.Output(2, cache));
        Span<int> last = new(context.Input(3).Data, batch);
        KernelTensor cosines = context.Input(4);
        KernelTensor branches = context.Input(6);
        ReadOnlySpan<int> lines = branches.Exists ? new(branches.Data, rows * 3) : default;
        ReadOnlySpan<int> owners = branches.Exists ? new(context.Input(7).Data, (int)context.Input(7).Shape[0]) : default;
        ReadOnlySpan<long> result = [batch, rows, heads * size];
        Span<float> y = Values(context.Output(0, result));
        _ = context.Output(3, [1]);
        int rowSize = (heads + (2 * keyHeads)) * size;
        double[] scores = new double[capacity];
        for (int row = 0; row < batch * rows; row++)
        {
            int sequence = row / rows;
            int place = last[sequence] + 1 - rows + (row % rows);
            int position = branches.Exists ? lines[(3 * row) + 2] : place;
            Span<float> own = qkv.Slice(row * rowSize, rowSize);
            for (int head = 0; head < heads + keyHeads && cosines.Exists; head++)
            {
                Rotate(
                    own.Slice(head * size, size), Values(cosines)[(position * size / 2)..],
                    Values(context.Input(5))[(position * size / 2)..]);
            }

            for (int head = 0; head < keyHeads; head++)
            {
                int at = ((((sequence * keyHeads) + head) * capacity) + place) * size;
                own.Slice((heads + head) * size, size).CopyTo(keys[at..]);
                own.Slice((heads + keyHeads + head) * size, size).CopyTo(values[at..]);
            }

            for (int head = 0; head < heads; head++)
            {
                int at = ((sequence * keyHeads) + (head / (heads / keyHeads))) * capacity * size;
                double most = double.NegativeInfinity;
                for (int key = 0; key <= place; key++)
                {
                    int owned = key - (last[sequence] + 1 - owners.Length);
                    bool sees = !branches.Exists || key < lines[(3 * row) + 1] || (owned >= 0 && owners[owned] == lines[3 * row]);
                    scores[key] = sees
                        ? scale * Dot(own[(head * size)..], keys[(at + (key * size))..], size)
                        : double.NegativeInfinity;
                    most = Math.Max(most, scores[key]);
                }

                double total = 0;
                for (int key = 0; key <= place; key++)
                {
                    total += scores[key] = Math.Exp(scores[key] - most);
                }

                for (int index = 0; index < size; index++)
                {
                    double sum = 0;
                    for (int key = 0; key <= place; key++)
                    {
                        sum += scores[key] * values[at + (key * size) + index];
                    }

                    y[(((row * heads) + head) * size) + index] = (float)(sum / total);
                }
            }
        }
    }

    private static void Rotate(Span<float> head, ReadOnlySpan<float> cosines, ReadOnlySpan<float> sines)
    {
        int half = head.Length / 2;
        for (int index = 0; index < half; index++)
        {
            (float x, float y) = (head[index], head[half + index]);
            head[index] = (x * cosines[index]) - (y * sines[index]);
            head[half + index] = (y * cosines[index]) + (x * sines[index]);
        }
    }

    private static double Dot(ReadOnlySpan<float> left, ReadOnlySpan<float> right, int count)
    {
        double sum = 0;
        for (int index = 0; index < count; index++)
        {
            sum += (double)left[index] * right[index];
        }

        return sum;
    }

    private delegate void Body(KernelContext context);

    private delegate Body Prepare(KernelInfo info);

    private sealed class Plain(string name, int inputs, int outputs, FirstOutput firstOutput, Prepare prepare) : OperatorDefinition
    {
        public override string Name => name;

        public override string Provider => "CPUExecutionProvider";

        public override IReadOnlyList<OperatorValue> Inputs { get; } =
        [
            .. Enumerable.Range(0, inputs).Select(index => new OperatorValue(
                TypeOf(name, index),
                IsOptional: (name == "LoraProduct" && index == 2) || (name == "NibbleProduct" && index == 3) || index > 3)),
        ];

        private static TensorElementType TypeOf(string name, int index) =>
            name == "StepAttention" && index is (3 or 6 or 7) ? TensorElementType.Int32
            : name == "NibbleProduct" && index is (1 or 3) ? TensorElementType.UInt8
            : TensorElementType.Float;

        public override IReadOnlyList<OperatorValue> Outputs { get; } =
            [.. Enumerable.Repeat(new OperatorValue(TensorElementType.Float), outputs)];

        public override FirstOutput FirstOutput => firstOutput;

        public override OperatorKernel CreateKernel(KernelInfo info) => new Kernel(prepare(info));
    }

    private sealed class Kernel(Body body) : OperatorKernel
    {
        public override void Compute(KernelContext context) => body(context);
    }
}
