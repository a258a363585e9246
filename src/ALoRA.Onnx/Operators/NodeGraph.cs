using System.Globalization;
using System.Text;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators;

/// <summary>A small graph for a test of operators, written as an ONNX model.</summary>
/// <remarks>Source: <c>onnx.proto</c>, whose field numbers these are.</remarks>
internal sealed class NodeGraph
{
    private const int IrVersion = 10;
    private const int OnnxVersion = 21;
    private const string MicrosoftDomain = "com.microsoft";
    private const int LengthDelimited = 2;
    private const int Fixed32 = 5;
    private const int SingleFloat = 1;
    private const int SingleInteger = 2;
    private const int Floats = 6;
    private const int Integers = 7;

    private readonly List<byte[]> _parts = [];

    /// <summary>Adds an input.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Type of its elements.</param>
    /// <param name="shape">Sizes, as numbers or names.</param>
    public NodeGraph Input(string name, TensorElementType type, params ReadOnlySpan<string> shape) => Add(11, Value(name, type, shape));

    /// <summary>Adds an output.</summary>
    /// <inheritdoc cref="Input"/>
    public NodeGraph Output(string name, TensorElementType type, params ReadOnlySpan<string> shape) => Add(12, Value(name, type, shape));

    /// <summary>Adds a node of our own or of ONNX.</summary>
    /// <param name="operation">Name of the operator; <c>alora.NAME</c> for our own.</param>
    /// <param name="inputs">Names of the inputs, with spaces between.</param>
    /// <param name="outputs">Names of the outputs, with spaces between.</param>
    /// <param name="attribute">Name of an attribute.</param>
    /// <param name="numbers">What it holds; without any there is none.</param>
    public NodeGraph Node(
        string operation, string inputs, string outputs, string attribute = "", params ReadOnlySpan<long> numbers) =>
        AddNode(operation, inputs, outputs, numbers.Length > 0 ? Attribute(attribute, numbers) : []);

    /// <summary>Adds a node with attributes that are lists of whole numbers and of others.</summary>
    /// <param name="operation">Name of the operator; <c>alora.NAME</c> for our own.</param>
    /// <param name="inputs">Names of the inputs, with spaces between; two of them leave an optional one out.</param>
    /// <param name="outputs">Names of the outputs, with spaces between.</param>
    /// <param name="integers">Attributes of whole numbers; those without any are left out.</param>
    /// <param name="floats">Attributes of float32 numbers; those without any are left out.</param>
    public NodeGraph Node(
        string operation, string inputs, string outputs, IReadOnlyDictionary<string, long[]> integers,
        IReadOnlyDictionary<string, float[]> floats) => AddNode(
        operation, inputs, outputs,
        [
            .. integers.Where(one => one.Value.Length > 0).SelectMany(one => Attribute(one.Key, one.Value)),
            .. floats.Where(one => one.Value.Length > 0).SelectMany(one => Attribute(one.Key, one.Value)),
        ]);

    /// <summary>Adds a node with attributes that are single numbers, such as those of ONNX Runtime's own operators.</summary>
    /// <param name="operation">Name of the operator; <c>com.microsoft.NAME</c> for ONNX Runtime's own.</param>
    /// <param name="inputs">Names of the inputs, with spaces between; two of them leave an optional one out.</param>
    /// <param name="outputs">Names of the outputs, with spaces between.</param>
    /// <param name="integers">Attributes of a whole number.</param>
    /// <param name="floats">Attributes of a float32 number.</param>
    public NodeGraph Node(
        string operation, string inputs, string outputs, IReadOnlyDictionary<string, long> integers,
        IReadOnlyDictionary<string, float> floats) => AddNode(
        operation, inputs, outputs,
        [
            .. integers.SelectMany(one => Attribute(one.Key, one.Value)), .. floats.SelectMany(one => Attribute(one.Key, one.Value)),
        ]);

    private NodeGraph AddNode(string operation, string inputs, string outputs, byte[] attributes)
    {
        int dot = operation.LastIndexOf('.');
        List<byte> node =
        [
            .. inputs.Split(' ').SelectMany(input => Text(1, input)), .. outputs.Split(' ').SelectMany(output => Text(2, output)),
            .. Text(3, $"{operation}/{outputs}"), .. Text(4, operation[(dot + 1)..]),
            .. attributes,
        ];
        return Add(1, [.. node, .. Text(7, operation[..Math.Max(dot, 0)])]);
    }

    /// <summary>The model's file.</summary>
    public byte[] ToModel() =>
    [
        .. Number(1, IrVersion), .. Message(7, [.. _parts.SelectMany(part => part), .. Text(2, "test")]),
        .. Message(8, [.. Text(1, string.Empty), .. Number(2, OnnxVersion)]),
        .. Message(8, [.. Text(1, OperatorDomain.Name), .. Number(2, OperatorDomain.Version)]),
        .. Message(8, [.. Text(1, MicrosoftDomain), .. Number(2, 1)]),
    ];

    /// <summary>Opens it; the caller disposes the session.</summary>
    /// <param name="domain">The operators.</param>
    /// <param name="threads">Threads of a run.</param>
    /// <param name="set">Further options, such as a provider.</param>
    public InferenceSession Open(OperatorDomain domain, int threads, Action<SessionOptions>? set = null)
    {
        using SessionOptions options = new()
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        domain.AddTo(options);
        set?.Invoke(options);
        return new InferenceSession(ToModel(), options);
    }

    private static byte[] Attribute(string name, long number) =>
        Message(5, [.. Text(1, name), .. Number(20, SingleInteger), .. Number(3, number)]);

    private static byte[] Attribute(string name, float number) => Message(
        5,
        [
            .. Text(1, name), .. Number(20, SingleFloat), .. Varint((2 << 3) | Fixed32), .. BitConverter.GetBytes(number),
        ]);

    private static byte[] Attribute(string name, ReadOnlySpan<long> numbers)
    {
        List<byte> content = [.. Text(1, name), .. Number(20, Integers)];
        foreach (long number in numbers)
        {
            content.AddRange(Number(8, number));
        }

        return Message(5, content);
    }

    private static byte[] Attribute(string name, ReadOnlySpan<float> numbers)
    {
        List<byte> content = [.. Text(1, name), .. Number(20, Floats)];
        foreach (float number in numbers)
        {
            content.AddRange([.. Varint((7 << 3) | Fixed32), .. BitConverter.GetBytes(number)]);
        }

        return Message(5, content);
    }

    private static byte[] Value(string name, TensorElementType type, ReadOnlySpan<string> shape)
    {
        List<byte> sizes = [];
        foreach (string size in shape)
        {
            sizes.AddRange(Message(
                1,
                long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? Number(1, number) : Text(2, size)));
        }

        return [.. Text(1, name), .. Message(2, Message(1, [.. Number(1, (long)type), .. Message(2, sizes)]))];
    }

    private static byte[] Text(int field, string text) => Message(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Message(int field, IReadOnlyCollection<byte> content) =>
        [.. Varint((field << 3) | LengthDelimited), .. Varint(content.Count), .. content];

    private static byte[] Number(int field, long number) => [.. Varint(field << 3), .. Varint(number)];

    private static byte[] Varint(long number)
    {
        List<byte> bytes = [];
        ulong rest = (ulong)number;
        for (; rest >= 0x80; rest >>= 7)
        {
            bytes.Add((byte)(rest | 0x80));
        }

        bytes.Add((byte)rest);
        return [.. bytes];
    }

    private NodeGraph Add(int field, byte[] content)
    {
        _parts.Add(Message(field, content));
        return this;
    }
}
