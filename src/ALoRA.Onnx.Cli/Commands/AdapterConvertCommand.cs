using System.CommandLine;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Export;
using ALoRA.Onnx.Export;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary>
/// <c>alora adapter convert</c>: an adapter of PEFT or llama.cpp, or a library of them, becomes adapters of an exported model.
/// </summary>
internal sealed class AdapterConvertCommand : AloraCommand
{
    private readonly Argument<string> _source = new("source")
    {
        Description = "A folder with adapter_config.json and adapter_model.safetensors, a LoRA as llama.cpp's .gguf file, or a library: "
            + "INTRINSIC/BASE/alora|lora.",
    };

    private readonly Option<string> _model = new("--model", "-m")
    {
        Description = "The exported model folder that gets the adapter.",
        Required = true,
    };
    private readonly Option<string?> _name = new("--name")
    {
        Description = "The adapter's name in the model folder. Default: the name of the folder or file.",
    };
    private readonly Option<string?> _base = new("--base")
    {
        Description = "Of a library, the base whose adapters are converted, such as granite-4.0-micro. Default: the only one.",
    };
    private readonly Option<string> _kind = new("--kind")
    {
        Description = "Of a library, alora or lora.",
        DefaultValueFactory = _ => "alora",
    };
    private readonly Option<string> _suffix = new("--suffix")
    {
        Description = "Of a library, text behind every adapter's name, such as -lora.",
        DefaultValueFactory = _ => "",
    };
    private readonly Option<int?> _activationOffset = new("--activation-offset")
    {
        Description = "Where an aLoRA begins to act, relative to its first invocation token: 0 as in PEFT (the default), 1 or -1 for "
            + "adapters trained otherwise.",
    };

    private readonly IntrinsicSettingsOptions _intrinsic;
    private readonly Option<bool> _force = CommonOptions.Force();

    public AdapterConvertCommand(Terminal terminal)
        : base(
            "convert",
            "Convert an adapter (LoRA or aLoRA, of PEFT or as GGUF) for an exported model, or all adapters of a "
            + "library; an io.yaml comes along.",
            terminal,
            "alora adapter convert adapters/certainty --model onnx-models/demo",
            "alora adapter convert downloads/uq-lora --model onnx-models/granite --name certainty --force",
            "alora adapter convert downloads/uq-f16.gguf --model onnx-models/granite --name certainty",
            "alora adapter convert granitelib-rag-r1.0 --model onnx-models/granite --base granite-4.0-micro --kind alora",
            "alora adapter convert adapters/answerability --model onnx-models/demo --choice answerable --choice unanswerable")
    {
        Add(_source);
        Add(_model);
        Add(_name);
        Add(_base);
        Add(_kind.OneOf("alora", "lora"));
        Add(_suffix);
        Add(_activationOffset.Within(offset => offset is -1 or 0 or 1, "-1, 0 or 1"));
        _intrinsic = new IntrinsicSettingsOptions(this);
        Add(_force);
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string model = arguments.GetRequiredValue(_model);
        IntrinsicSettings? settings = _intrinsic.Read(arguments);
        IReadOnlyList<AdapterSource> sources = FindSources(arguments, settings);

        // Nothing is written before all of them are known to be sound.
        InvocationCheck check = new(model);
        List<IReadOnlyList<int>?> encoded = [];
        foreach (AdapterSource source in sources)
        {
            encoded.Add(InvocationText.Encode(source.Folder, model));
            check.Run(source.Folder, encoded[^1] ?? PeftAdapter.Read(source.Folder).InvocationTokens, settings);
        }

        if (encoded.Any(ids => ids is not null) && arguments.GetValue(_activationOffset) is null)
        {
            await Terminal.Error.WriteLineAsync(
                "warning: IBM's old package trained from the first invocation token on, but generated from the second. "
                + "The adapter starts at the first; give --activation-offset 1 for the second.");
        }

        foreach ((AdapterSource source, IReadOnlyList<int>? ids) in sources.Zip(encoded))
        {
            AdapterConversionOptions options = new()
            {
                InvocationTokens = ids,
                Overwrite = arguments.GetValue(_force),
                ActivationOffset = arguments.GetValue(_activationOffset) ?? 0,
                Intrinsic = settings,
            };
            AdapterSummary.Print(Terminal, await ProgressDisplay.RunAsync(Terminal, progress => AdapterConverter.ConvertAsync(
                source.Folder, model, source.Name, options, new ExportProgressAdapter(progress), cancellationToken)));
        }

        return ExitCode.Done;
    }

    private IReadOnlyList<AdapterSource> FindSources(ParseResult arguments, IntrinsicSettings? settings)
    {
        string source = arguments.GetRequiredValue(_source);
        string? name = arguments.GetValue(_name);
        if (AdapterLibrary.Is(source))
        {
            return name is null && settings is null
                ? AdapterLibrary.Find(
                    source, arguments.GetValue(_base), arguments.GetRequiredValue(_kind), arguments.GetRequiredValue(_suffix))
                : throw new CommandFailedException(
                    ExitCode.Usage,
                    $"{source} is a library, whose adapters have names and definitions of their own. "
                    + "Leave --name, --choice, --schema, --invocation, --placement and --max-new-tokens out.");
        }

        return arguments.GetValue(_base) is null
            ? [new AdapterSource(name, source)]
            : throw new CommandFailedException(
                ExitCode.Usage,
                $"{source} is no library (INTRINSIC/BASE/alora|lora), so that --base means nothing. Leave it out, or "
                + "give the library's folder.");
    }
}

/// <summary>Prints what a conversion of an adapter wrote.</summary>
internal static class AdapterSummary
{
    public static void Print(Terminal terminal, AdapterReport report)
    {
        foreach (string warning in report.Warnings)
        {
            terminal.Error.WriteLine($"warning: {warning}");
        }

        string invocation = report.InvocationTokens.Count == 0 ? "" : $", invocation [{string.Join(", ", report.InvocationTokens)}]";
        terminal.Output.WriteLine(
            $"{report.Path}: {AdapterKindNames.Of(report.Kind)}, rank {report.Rank} on "
            + $"{string.Join(", ", report.TargetModules)}{invocation}, {report.Parameters:N0} parameters, {ByteSize.Format(report.Bytes)}");
    }
}
