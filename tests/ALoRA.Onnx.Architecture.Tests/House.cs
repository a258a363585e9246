namespace ALoRA.Onnx.Architecture.Tests;

/// <summary>The plan that the sources are held to: change it here, in the commit that changes the sources.</summary>
internal static class House
{
    /// <summary>
    /// Folders of each project, bottom first. A folder may use those in entries before its own; folders in one entry do not use each other.
    /// "." is the project's root, "Shared" the files that it links from src/Shared.
    /// </summary>
    public static readonly IReadOnlyDictionary<string, string[]> Layers = new Dictionary<string, string[]>
    {
        ["src/ALoRA.Onnx.Text"] =
            ["Shared", "Files", "Unicode", "Patterns", "Python", "Tokenization Templating ToolCalls", "Constraints Untrusted", "."],
        ["src/ALoRA.Onnx"] =
        [
            "Shared", "Files Options", "Tensors", "Operators", "Devices", "Models", "Adapters", "Caching Sampling", "Inference",
            "Invocations", "Intrinsics Saving", ".",
        ],
        ["export/ALoRA.Onnx.Export"] =
        [
            "Shared", "Configuration Checkpoints Settings", "Architectures", "Weights", "Quantization", "Checks Output", "Graphs",
            "Calibration", "ModelFolders", "Adapters", "Training", ".",
        ],
        ["src/ALoRA.Onnx.Extensions.AI"] =
            ["Diagnostics Options Tokenization", "Tools", "Requests", "Answers Conversations", "Intrinsics", ".", "Hosting"],
        ["src/ALoRA.Onnx.Serving"] =
            ["Scheduling", "Options", "Slots", "Bindings", "Requests", "Batching Measuring", "Running", ".", "Intrinsics"],
        ["src/ALoRA.Onnx.Server"] =
        [
            "Shared", "Configuration Errors", "Access Models Wire", "Lifetime Metrics Requests", "Answers Operations Page Tenants",
            "Endpoints", ".",
        ],
        ["src/ALoRA.Onnx.Cluster"] = ["Configuration", "Wire", "Placement", "Nodes", "Transfer", "Catalog", "Answers", "Operations", "."],
        ["src/ALoRA.Onnx.Training"] =
        [
            "Shared", "Options", "Data", "Graphs", "Optimization", "Devices", "Golden Prefixes", "Checkpoints", "Evaluation", ".",
        ],
        ["src/ALoRA.Onnx.Cli"] = ["Shared", "CommandLine", "Bench Chat Export Hub", "Evaluate Inspect Train", "Commands", "."],
    };

    /// <summary>What each project may use, by the names in its project file, and who sees its internal members.</summary>
    public static readonly IReadOnlyDictionary<string, ProjectRow> Projects = new Dictionary<string, ProjectRow>
    {
        ["src/ALoRA.Onnx.Text"] = new(
            "", "",
            "ALoRA.Onnx ALoRA.Onnx.Serving ALoRA.Onnx.Serving.Tests ALoRA.Onnx.Text.Tests ALoRA.Onnx.Tests ALoRA.Onnx.EndToEnd.Tests "
                + "ALoRA.Onnx.Training ALoRA.Onnx.Training.Tests"),
        ["src/ALoRA.Onnx"] = new(
            "ALoRA.Onnx.Text",
            "Microsoft.Extensions.Logging.Abstractions Microsoft.ML.OnnxRuntime.Managed System.Numerics.Tensors YamlDotNet",
            "ALoRA.Onnx.Benchmarks ALoRA.Onnx.Serving ALoRA.Onnx.Serving.Tests ALoRA.Onnx.Tests ALoRA.Onnx.Text.Tests "
                + "ALoRA.Onnx.EndToEnd.Tests ALoRA.Onnx.Training ALoRA.Onnx.Training.Tests"),
        ["export/ALoRA.Onnx.Export"] = new(
            "", "Google.Protobuf System.Numerics.Tensors",
            "ALoRA.Onnx.Export.Tests ALoRA.Onnx.EndToEnd.Tests ALoRA.Onnx.Training ALoRA.Onnx.Training.Tests"),
        ["src/ALoRA.Onnx.Extensions.AI"] = new(
            "ALoRA.Onnx.Serving",
            "Microsoft.Extensions.AI Microsoft.Extensions.Diagnostics.HealthChecks Microsoft.Extensions.Hosting.Abstractions "
                + "Microsoft.Extensions.Options.ConfigurationExtensions Microsoft.ML.Tokenizers",
            "ALoRA.Onnx.Extensions.AI.Tests ALoRA.Onnx.Server"),
        ["src/ALoRA.Onnx.Serving"] = new(
            "ALoRA.Onnx", "Microsoft.Extensions.Logging.Abstractions Microsoft.ML.OnnxRuntime.Managed",
            "ALoRA.Onnx.Serving.Tests ALoRA.Onnx.Server ALoRA.Onnx.Cluster ALoRA.Onnx.Cluster.Tests"),
        ["src/ALoRA.Onnx.Server"] = new(
            "ALoRA.Onnx.Serving ALoRA.Onnx.Extensions.AI ALoRA.Onnx.Export",
            "Microsoft.Extensions.Hosting.Systemd Microsoft.Extensions.Hosting.WindowsServices",
            "ALoRA.Onnx.Server.Tests ALoRA.Onnx.Cluster ALoRA.Onnx.Cluster.Tests"),
        ["src/ALoRA.Onnx.Cluster"] = new(
            "ALoRA.Onnx.Server ALoRA.Onnx.Serving",
            "Microsoft.Data.SqlClient Microsoft.Orleans.Clustering.AdoNet Microsoft.Orleans.Clustering.Redis "
                + "Microsoft.Orleans.Connections.Security Microsoft.Orleans.Dashboard Microsoft.Orleans.Persistence.AdoNet "
                + "Microsoft.Orleans.Persistence.Redis Microsoft.Orleans.Server Npgsql",
            "ALoRA.Onnx.Cluster.Tests"),
        ["src/ALoRA.Onnx.Training"] = new(
            "ALoRA.Onnx ALoRA.Onnx.Export", "Google.Protobuf Microsoft.ML.OnnxRuntime.Managed System.Numerics.Tensors",
            "ALoRA.Onnx.Benchmarks ALoRA.Onnx.Training.Tests"),
        ["src/ALoRA.Onnx.Cli"] = new(
            "ALoRA.Onnx ALoRA.Onnx.Cluster ALoRA.Onnx.Export ALoRA.Onnx.Server ALoRA.Onnx.Serving ALoRA.Onnx.Training",
            "Google.Protobuf Microsoft.CodeAnalysis.Common Microsoft.CodeAnalysis.Workspaces.Common RadLine Spectre.Console "
                + "System.CommandLine System.Numerics.Tensors",
            "ALoRA.Onnx.Cli.Tests ALoRA.Onnx.EndToEnd.Tests"),
    };

    /// <summary>Projects that are made when their first type is written; until then their rows have no folder on disk.</summary>
    public static readonly IReadOnlyList<string> Rooms = [];

    /// <summary>Public types in the namespace where whoever calls them finds them.</summary>
    public static readonly IReadOnlyDictionary<string, string> ForeignNamespaces = new Dictionary<string, string>
    {
        ["AloraChatClientBuilderExtensions"] = "Microsoft.Extensions.AI",
        ["AloraServiceCollectionExtensions"] = "Microsoft.Extensions.DependencyInjection",
    };

    /// <summary>Folders of files that several projects link: their types have the same namespace wherever they are compiled.</summary>
    public static readonly IReadOnlyDictionary<string, string> FolderNamespaces = new Dictionary<string, string>
    {
        ["Shared"] = "ALoRA.Onnx.Shared",
    };

    /// <summary>Namespaces that only generated code declares.</summary>
    public static readonly IReadOnlyList<string> GeneratedNamespaces = ["ALoRA.Onnx.Export.Graphs.Proto"];

    /// <summary>Names of files whose raw strings are other people's text, which cannot be wrapped.</summary>
    public static readonly IReadOnlyList<string> RawStringFiles = [];
}

/// <summary>A project's references, each a list of names with spaces between.</summary>
/// <param name="Projects">Projects that it references.</param>
/// <param name="Packages">Packages that it references.</param>
/// <param name="Friends">Assemblies that see its internal members.</param>
internal sealed record ProjectRow(string Projects, string Packages, string Friends);
