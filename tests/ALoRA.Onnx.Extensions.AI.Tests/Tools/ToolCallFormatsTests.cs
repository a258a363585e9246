using ALoRA.Onnx.Extensions.AI.Tools;

namespace ALoRA.Onnx.Extensions.AI.Tests.Tools;

/// <summary>Formats that real chat templates give away.</summary>
[TestClass]
public sealed class ToolCallFormatsTests
{
    private static readonly (string Template, ToolCallFormat Format)[] Published =
    [
        ("ibm-granite-granite-3.3-2B-Instruct", ToolCallFormat.Granite),
        ("ibm-granite-granite-4.0", ToolCallFormat.Hermes),
        ("ibm-granite-granite-4.1", ToolCallFormat.Hermes),
        ("Qwen-Qwen2.5-7B-Instruct", ToolCallFormat.Hermes),
        ("Qwen-Qwen3-0.6B", ToolCallFormat.Hermes),
        ("Qwen-QwQ-32B", ToolCallFormat.Hermes),
        ("NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use", ToolCallFormat.Hermes),
        ("meta-llama-Llama-3.1-8B-Instruct", ToolCallFormat.Llama),
        ("meta-llama-Llama-3.2-3B-Instruct", ToolCallFormat.Llama),
        ("npm-llama3_1", ToolCallFormat.None),
        ("mistralai-Mistral-Nemo-Instruct-2407", ToolCallFormat.Mistral),
        ("Mistral-Small-3.2-24B-Instruct-2506", ToolCallFormat.Mistral),
        ("unsloth-mistral-Devstral-Small-2507", ToolCallFormat.Mistral),
        ("Qwen3.5-4B", ToolCallFormat.None),
        ("GLM-4.6", ToolCallFormat.None),
        ("MiniMax-M3", ToolCallFormat.None),
        ("meetkai-functionary-medium-v3.1", ToolCallFormat.None),
        ("google-gemma-2-2b-it", ToolCallFormat.None),
        ("microsoft-Phi-3.5-mini-instruct", ToolCallFormat.None),
        ("smollm2", ToolCallFormat.None),
    ];

    [TestMethod]
    [DataRow("demo-small", ToolCallFormat.None)]
    [DataRow("family-hermes", ToolCallFormat.Hermes)]
    [DataRow("family-llama", ToolCallFormat.Llama)]
    [DataRow("family-mistral", ToolCallFormat.Mistral)]
    [DataRow("family-granite", ToolCallFormat.Granite)]
    [DataRow("family-gemma", ToolCallFormat.None)]
    public void Detect_Template_GivesItsFormat(string template, ToolCallFormat expected) => Assert.AreEqual(expected, Detect(template));

    [TestMethod]
    public void Detect_PublishedTemplates_GivesTheirFormats()
    {
        foreach ((string template, ToolCallFormat expected) in Published)
        {
            Assert.AreEqual(expected, Detect(template), template);
        }
    }

    private static ToolCallFormat Detect(string template) =>
        ToolCallFormats.Detect(File.ReadAllText(GoldenData.Path("text", "templates", template + ".jinja")));
}
