using System.Globalization;
using ALoRA.Onnx.Export.Graphs.Proto;

namespace ALoRA.Onnx.Cli.Bench;

/// <summary>
/// Bytes that decoding one token has to read at least: the weights, and the rows of the KV cache that attention looks at.
/// </summary>
/// <remarks>
/// Found in the graph: a stored tensor counts once, however many nodes read it; tables of which a token takes
/// single rows (embedding, cosines and sines) do not, unless another node reads them whole, as a head does that
/// is tied to the embedding. A layer with a sliding window reads no more rows than that.
/// </remarks>
internal sealed class DecodeTraffic
{
    private const string Attention = "GroupQueryAttention";
    private const string Window = "local_window_size";
    private const string Offset = "offset";
    private const string Length = "length";

    private readonly long _bytesPerRow;
    private readonly int[] _windows;

    private DecodeTraffic(long weightsBytes, long bytesPerRow, int[] windows)
    {
        WeightsBytes = weightsBytes;
        _bytesPerRow = bytesPerRow;
        _windows = windows;
    }

    /// <summary>Bytes of the weights that every token reads, as they are stored.</summary>
    public long WeightsBytes { get; }

    /// <summary>Reads a model's graph.</summary>
    public static DecodeTraffic Read(string folder, ModelManifest manifest)
    {
        using FileStream stream = File.OpenRead(Path.Combine(folder, manifest.GraphFile));
        return Of(ModelProto.Parser.ParseFrom(stream).Graph, manifest);
    }

    /// <summary>Counts in a graph.</summary>
    public static DecodeTraffic Of(GraphProto graph, ModelManifest manifest)
    {
        Dictionary<string, TensorProto> stored = graph.Initializer
            .Where(tensor => tensor.DataLocation == TensorProto.Types.DataLocation.External)
            .ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        Dictionary<long, long> read = [];
        foreach (NodeProto node in graph.Node)
        {
            for (int i = 0; i < node.Input.Count; i++)
            {
                if (!TakesRows(node.OpType, i) && stored.TryGetValue(node.Input[i], out TensorProto? tensor))
                {
                    read[Entry(tensor, Offset)] = Entry(tensor, Length);
                }
            }
        }

        long bytesPerRow = 2L * manifest.KeyValueHeads * manifest.HeadDim * (manifest.Precision.KvCache == "float32"
            ? sizeof(float)
            : sizeof(ushort));
        return new DecodeTraffic(read.Values.Sum(), bytesPerRow, [.. graph.Node.Where(node => node.OpType == Attention).Select(WindowOf)]);
    }

    /// <summary>Bytes for one token behind a context.</summary>
    /// <param name="context">Tokens before it.</param>
    public long BytesAt(int context) => WeightsBytes + (_bytesPerRow * _windows.Sum(window => (long)Math.Min(context, window)));

    // Inputs that are tables, indexed by ids or positions.
    private static bool TakesRows(string operation, int input) => operation switch
    {
        "Gather" => input == 0,
        "GatherBlockQuantized" => input != 1,
        "RotaryEmbedding" => input is 2 or 3,
        Attention => input is 7 or 8,
        _ => false,
    };

    private static int WindowOf(NodeProto attention) =>
        attention.Attribute.FirstOrDefault(attribute => attribute.Name == Window) is { I: > 0 } window ? (int)window.I : int.MaxValue;

    private static long Entry(TensorProto tensor, string key) =>
        long.Parse(tensor.ExternalData.FirstOrDefault(entry => entry.Key == key)?.Value ?? "0", CultureInfo.InvariantCulture);
}
