using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Configuration;
using ALoRA.Onnx.Export.Settings;

namespace ALoRA.Onnx.Export.ModelFolders;

/// <summary>What <see cref="ManifestWriter"/> writes down.</summary>
internal sealed record Manifest(
    string GeneratorVersion,
    string Name,
    BaseIdentity Base,
    ModelConfig Config,
    DecoderBlueprint Blueprint,
    PrecisionPlan Precision,
    long Parameters,
    IReadOnlyList<AdapterGroup> AdapterGroups,
    bool HasAdapterBias,
    IReadOnlyList<GraphKind> Graphs,
    long WeightBytes);
