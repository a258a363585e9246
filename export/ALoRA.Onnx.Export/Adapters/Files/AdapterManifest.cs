using System.Buffers;
using System.Text.Json;
using ALoRA.Onnx.Export.Adapters.Packing;
using ALoRA.Onnx.Export.ModelFolders;
using ALoRA.Onnx.Export.Settings;

namespace ALoRA.Onnx.Export.Adapters.Files;

/// <summary>Content of <c>adapter.json</c>.</summary>
internal sealed record AdapterManifest
{
    private const int Format = 1;

    public required string Name { get; init; }

    public required AdapterKind Kind { get; init; }

    public required BaseIdentity Base { get; init; }

    public required ActivationType ElementType { get; init; }

    public required int Rank { get; init; }

    public required double Alpha { get; init; }

    public required IReadOnlyList<int> InvocationTokens { get; init; }

    public required int ActivationOffset { get; init; }

    public required IReadOnlyList<string> TargetModules { get; init; }

    /// <summary>Whether each group has a bias: one more rank, and a tensor of what is added to A·x.</summary>
    public required bool HasBias { get; init; }

    public required IReadOnlyList<GroupRank> Groups { get; init; }

    public required long Parameters { get; init; }

    public IntrinsicSettings? Intrinsic { get; init; }

    public ReadOnlySpan<byte> ToJson()
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            writer.WriteStartObject();
            writer.WriteNumber("format", Format);
            writer.WriteString("name", Name);
            writer.WriteString("kind", Kind == AdapterKind.Alora ? "alora" : "lora");
            writer.WriteString("weights", AdapterFiles.Weights);
            writer.WriteStartObject("base");
            writer.WriteString("name_or_path", Base.NameOrPath);
            writer.WriteString("fingerprint", Base.Fingerprint);
            writer.WriteEndObject();
            writer.WriteString("element_type", ElementType.ToName());
            writer.WriteNumber("rank", Rank);
            writer.WriteNumber("alpha", Alpha);
            WriteInvocation(writer);
            writer.WriteNumber("activation_offset", ActivationOffset);
            writer.WriteStartArray("target_modules");
            foreach (string module in TargetModules)
            {
                writer.WriteStringValue(module);
            }

            writer.WriteEndArray();
            if (HasBias)
            {
                writer.WriteBoolean("lora_bias", true);
            }

            writer.WriteStartArray("groups");
            foreach (GroupRank group in Groups)
            {
                writer.WriteStartObject();
                writer.WriteString("name", group.Name);
                writer.WriteNumber("rank", group.Rank);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteNumber("parameters", Parameters);
            if (Intrinsic is not null)
            {
                WriteIntrinsic(writer, Intrinsic);
            }

            writer.WriteEndObject();
        }

        return buffer.WrittenSpan;
    }

    private static void WriteIntrinsic(Utf8JsonWriter writer, IntrinsicSettings intrinsic)
    {
        writer.WriteStartObject("intrinsic");
        writer.WriteString("placement", intrinsic.InvocationInPrompt ? "in_prompt" : "appended");
        if (intrinsic.InvocationText is { } text)
        {
            writer.WriteString("invocation_text", text);
        }

        if (intrinsic.Choices.Count > 0)
        {
            writer.WriteStartArray("choices");
            foreach (string choice in intrinsic.Choices)
            {
                writer.WriteStringValue(choice);
            }

            writer.WriteEndArray();
        }

        if (intrinsic.JsonSchema is { } schema)
        {
            writer.WritePropertyName("json_schema");
            writer.WriteRawValue(schema);
        }

        if (intrinsic.MaxNewTokens is { } tokens)
        {
            writer.WriteNumber("max_new_tokens", tokens);
        }

        writer.WriteEndObject();
    }

    private void WriteInvocation(Utf8JsonWriter writer)
    {
        const string Key = "invocation_tokens";
        if (Kind == AdapterKind.Lora)
        {
            writer.WriteNull(Key);
            return;
        }

        writer.WriteStartArray(Key);
        foreach (int token in InvocationTokens)
        {
            writer.WriteNumberValue(token);
        }

        writer.WriteEndArray();
    }
}
