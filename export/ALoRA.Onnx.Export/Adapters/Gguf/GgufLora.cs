using ALoRA.Onnx.Export.Adapters.Binding;
using ALoRA.Onnx.Export.Adapters.Peft;
using ALoRA.Onnx.Export.Checkpoints;
using ALoRA.Onnx.Export.Checkpoints.Gguf;
using ALoRA.Onnx.Export.Checkpoints.Gguf.Architectures;
using ALoRA.Onnx.Export.ModelFolders;

namespace ALoRA.Onnx.Export.Adapters.Gguf;

/// <summary>A LoRA that llama.cpp's <c>convert_lora_to_gguf.py</c> made of a PEFT adapter, read as that adapter.</summary>
/// <remarks>
/// The scale is <c>adapter.lora.alpha</c> by the rank of each pair, or 1 for an alpha of 0, as llama.cpp computes it: the converter
/// leaves out <c>use_rslora</c>. Rows of query and key are in llama.cpp's order where the architecture's are.
/// </remarks>
internal sealed class GgufLora : AdapterSource
{
    private const string TypeKey = "general.type";
    private const string AdapterTypeKey = "adapter.type";
    private const string AlphaKey = "adapter.lora.alpha";
    private const string InvocationKey = "adapter.alora.invocation_tokens";
    private const string BaseKey = "general.base_model.0.repo_url";
    private const string WeightEnding = ".weight";

    private static readonly (string Ending, LoraPart Part)[] Endings = [(".weight.lora_a", LoraPart.A), (".weight.lora_b", LoraPart.B)];

    private readonly GgufFile _file;
    private readonly GgufMetadata _metadata;
    private readonly GgufArchitecture _architecture;
    private readonly List<GgufLoraTensor> _tensors = [];

    private GgufLora(string? folder, GgufFile file)
        : base(folder)
    {
        _file = file;
        _metadata = new GgufMetadata(file.Path, file.Metadata, "an adapter");
        Expect(TypeKey, "adapter");
        Expect(AdapterTypeKey, "lora");
        _architecture = GgufArchitectures.Find(_metadata);
        ReadTensors();
        Config = ReadConfig();
    }

    public override string WeightsPath => _file.Path;

    public override PeftAdapterConfig Config { get; }

    /// <summary>Opens a GGUF file, or a folder with one and without a configuration of PEFT; null for anything else.</summary>
    /// <exception cref="CheckpointFormatException">The file is malformed, or no LoRA of an architecture that can be exported.</exception>
    public static GgufLora? TryOpen(string path)
    {
        if (File.Exists(path))
        {
            return Open(null, path);
        }

        bool isPeft = File.Exists(Path.Combine(path, PeftAdapterConfig.FileName));
        return !isPeft && Directory.Exists(path) && GgufModelFiles.FindIn(path) is { } file ? Open(path, file) : null;
    }

    /// <summary>The tensors by the names that PEFT gives them, rows in Hugging Face's order.</summary>
    public override IReadOnlyDictionary<string, CheckpointTensor> TensorsFor(ExportedModel model)
    {
        // llama.cpp stores Mistral as Llama.
        string expected = model.Architecture == "mistral" ? "llama" : model.Architecture;
        return _architecture.ModelType == expected
            ? Tensors(model.HeadSize)
            : throw new CheckpointFormatException(
                $"{WeightsPath}: 'general.architecture': expected an adapter for '{model.Name}', whose architecture is "
                + $"{model.Architecture}, got "
                + $"'{_architecture.Name}'. Convert the adapter for the base that it was trained on.");
    }

    public override IEnumerable<PeftTensor> Outlines() =>
        _tensors.Select(lora => new PeftTensor(lora.PeftName, lora.Tensor.Encoding, lora.Tensor.Shape));

    public override void Dispose() => _file.Dispose();

    private static GgufLora Open(string? folder, string path)
    {
        GgufFile file = GgufFile.Open(path);
        try
        {
            return new GgufLora(folder, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private Dictionary<string, CheckpointTensor> Tensors(int headSize)
    {
        Dictionary<string, CheckpointTensor> tensors = new(StringComparer.Ordinal);
        foreach (GgufLoraTensor lora in _tensors)
        {
            string name = lora.PeftName;
            bool isReordered = lora.Part == LoraPart.B && _architecture.InterleavesRowsOf(lora.GgufModule);
            tensors[name] = !isReordered
                ? lora.Tensor.WithName(name)
                : lora.Tensor.WithInterleavedRows(name, headSize) ?? throw _metadata.Error(
                    $"the tensor '{lora.Tensor.Name}' of shape [{string.Join(", ", lora.Tensor.Shape)}] is not a whole number "
                    + $"of heads of {headSize} rows",
                    "Convert the adapter for the base that it was trained on");
        }

        return tensors;
    }

    private void Expect(string key, string expected)
    {
        if (_metadata.Text(key) is not { } value || value != expected)
        {
            throw _metadata.Error(
                $"'{key}': expected '{expected}', got {(_metadata.Text(key) is { } got ? $"'{got}'" : "nothing")}",
                "Name a file that llama.cpp's convert_lora_to_gguf.py made");
        }
    }

    private void ReadTensors()
    {
        List<string> unknown = [];
        foreach (CheckpointTensor tensor in _file.Tensors.Values)
        {
            (string ending, LoraPart part) = Array.Find(Endings, entry => tensor.Name.EndsWith(entry.Ending, StringComparison.Ordinal));
            string? module = ending is null ? null : _architecture.ModuleOf(tensor.Name[..^ending.Length], int.MaxValue);
            if (module is null)
            {
                unknown.Add(tensor.Name);
            }
            else
            {
                _tensors.Add(new GgufLoraTensor(tensor, tensor.Name[..^ending!.Length], module, part));
            }
        }

        if (unknown.Count > 0)
        {
            bool isWhole = unknown.Exists(name => name.EndsWith(WeightEnding, StringComparison.Ordinal));
            throw _metadata.Error(
                $"the tensors {NameList.Format(unknown)} are no low-rank pairs for modules of the architecture '{_architecture.Name}'",
                isWhole ? "Merge full weights into the base before exporting it" : "Convert the adapter again with a current llama.cpp");
        }
    }

    private PeftAdapterConfig ReadConfig()
    {
        if (_tensors.Count == 0)
        {
            throw _metadata.Error("it has no tensors", "Convert the adapter again");
        }

        Dictionary<string, int> ranks = new(StringComparer.Ordinal);
        foreach (GgufLoraTensor lora in _tensors.Where(tensor => tensor.Part == LoraPart.A))
        {
            ranks[lora.Module] = lora.Tensor.RowCount is > 0 and <= int.MaxValue and { } rank
                ? (int)rank
                : throw _metadata.Error($"the tensor '{lora.Tensor.Name}' has no rows", "Convert the adapter again");
        }

        // Without A there is no rank; the binder says what is missing.
        int common = ranks.Count == 0 ? 1 : ranks.Values.GroupBy(rank => rank).MaxBy(same => same.Count())!.Key;
        KeyValuePair<string, int>[] others =
            [.. ranks.Where(pair => pair.Value != common).Select(pair => KeyValuePair.Create(Escaped(pair.Key), pair.Value))];
        double alpha = _metadata.Number(AlphaKey) ?? throw _metadata.Missing(AlphaKey);
        return new PeftAdapterConfig
        {
            FilePath = _file.Path,
            Rank = common,
            Alpha = alpha == 0 ? common : alpha,
            RankStabilized = false,
            LoraBias = false,
            Targets = new ModuleNames([.. _tensors.Select(tensor => tensor.Module).Distinct(StringComparer.Ordinal)], null),
            LayersPatterns = [],
            RankPattern = others,
            AlphaPattern = alpha == 0 ? [.. others.Select(pair => KeyValuePair.Create(pair.Key, (double)pair.Value))] : [],
            InvocationTokens = _metadata.Integers(InvocationKey) ?? [],
            BaseModel = _metadata.Text(BaseKey),
            Warnings = [],
        };
    }

    private static string Escaped(string module) => module.Replace(".", @"\.", StringComparison.Ordinal);
}

/// <summary>One matrix of a low-rank pair.</summary>
/// <param name="Tensor">The tensor as stored: A <c>[r, in]</c>, B <c>[out, r]</c>.</param>
/// <param name="GgufModule">The module as the file names it, such as <c>blk.0.attn_q</c>.</param>
/// <param name="Module">The module as Hugging Face names it.</param>
/// <param name="Part">A or B.</param>
internal sealed record GgufLoraTensor(CheckpointTensor Tensor, string GgufModule, string Module, LoraPart Part)
{
    /// <summary>The name that PEFT gives the tensor.</summary>
    public string PeftName => new PeftTensorName(Module, Part).ToString();
}
