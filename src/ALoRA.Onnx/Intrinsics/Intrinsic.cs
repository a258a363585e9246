using ALoRA.Onnx.Intrinsics.Running;

namespace ALoRA.Onnx;

/// <summary>An adapter together with how it is asked and how its answer is read. Immutable and thread-safe; belongs to one model.</summary>
public sealed class Intrinsic
{
    private Intrinsic(string name, Adapter adapter, IntrinsicDefinition? definition, InvocationPlacement placement)
    {
        Name = name;
        Adapter = adapter;
        Definition = definition;
        Placement = placement;
    }

    /// <summary>The adapter's name.</summary>
    public string Name { get; }

    /// <summary>The adapter.</summary>
    public Adapter Adapter { get; }

    /// <summary>The adapter's <c>io.yaml</c>; null if it has none, and <see cref="AdapterManifest.Intrinsic"/> or free text counts.</summary>
    public IntrinsicDefinition? Definition { get; }

    /// <summary>Where the invocation stands: in the rendered prompt (the instruction, or the opening of the assistant's answer), or appended behind the conversation.</summary>
    public InvocationPlacement Placement { get; }

    internal bool AddsGenerationPrompt => Placement == InvocationPlacement.InPrompt || (Adapter.Kind == AdapterKind.Lora && Definition is not null);

    /// <summary>Opens an adapter's definition.</summary>
    /// <exception cref="ArgumentException">There is no such adapter.</exception>
    /// <exception cref="ModelFormatException">The adapter or its definition is malformed, or the invocation's text does not give the adapter's ids.</exception>
    internal static Intrinsic Open(AloraModel model, string name)
    {
        Adapter adapter = model.Adapters.Get(name);
        string path = Path.Combine(adapter.Folder, IntrinsicDefinition.FileName);
        if (File.Exists(path))
        {
            IntrinsicDefinition definition = IntrinsicDefinition.Load(path);
            return new Intrinsic(name, adapter, definition, definition.FindPlacement(model.Tokenizer, model.ChatTemplate, adapter.InvocationTokens));
        }

        AdapterIntrinsic? settings = adapter.Manifest.Intrinsic;
        InvocationText.Check(model.Tokenizer, settings?.InvocationText, adapter.InvocationTokens, Path.Combine(adapter.Folder, AdapterManifest.FileName));
        return new Intrinsic(name, adapter, definition: null, settings?.Placement ?? InvocationPlacement.Appended);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
