namespace ALoRA.Onnx.Tests.TestKit;

/// <summary>A clone alone proves something with every class that uses golden data, and stays small.</summary>
[TestClass]
public sealed class GoldenDataTests
{
    private const long Limit = 5_000_000;

    // What at least one test of the class needs.
    private static readonly Dictionary<string, string[]> Needs = new(StringComparer.Ordinal)
    {
        ["AdapterConformanceTests"] = ["models/llama/config.json", "models/llama/cases.json", "models/llama/reference.safetensors"],
        ["AdapterConvertCommandTests"] = ["models/llama/adapters/alora_all"],
        ["AdapterConverterTests"] = ["models/llama/adapters/alora_lora_bias"],
        ["AdapterSizeTests"] = ["models/llama/adapters", "models/phi3/adapters"],
        ["BaseGraphTests"] = ["models/granite"],
        ["BlockDecodersGoldenTests"] = ["gguf/dequant.safetensors"],
        ["CalibrationPassTests"] = ["models/olmo2"],
        ["CertaintyEvaluationTests"] = ["models/demo/certainty-evaluation.jsonl", "models/demo/certainty-evaluation-summary.json"],
        ["ConformanceTests"] = ["models/llama/config.json", "models/llama/cases.json", "models/llama/reference.safetensors"],
        ["FanoutTests"] = ["models/llama/adapters/alora_lora_bias", "models/llama/adapters/alora_patterns"],
        ["AloraTokenizerBpeTests"] = ["text/tokenizers/demo-small"],
        ["AloraTokenizerGoldenTests"] = ["text/tokenizers/demo-small/cases.json"],
        ["DeviceTrainerTests"] = ["models/llama", "models/granite"],
        ["ForcedSpanTests"] = ["text/tokenizers/tiny-wordpiece"],
        ["GenAIActivationTests"] = ["models/granite/adapters/alora_all", "models/granite/reference.safetensors"],
        ["GenAIConfigTests"] = ["models/granite"],
        ["GgufLoraTests"] = ["models/llama/adapters/alora_layers"],
        ["GgufArchitecturesGoldenTests"] = ["models/gemma"],
        ["GgufArchitectureTests"] = ["models/gemma/cases.json", "models/gemma/reference.safetensors"],
        ["GgufCheckpointGoldenTests"] = ["gguf/llama-q4_0.gguf"],
        ["GgufConformanceTests"] = ["gguf/llama-q4_0.gguf", "gguf/cases.json", "gguf/reference.safetensors"],
        ["GgufGoldenTests"] = ["gguf/index.json"],
        ["GoldenAdapterTests"] = ["models/llama/bad-adapters", "models/granite", "ibm-old-format/adapter_config.json"],
        ["GoldenCases"] = ["text/tokenizers/components/normalizers.json"],
        ["GoldenIntrinsicsTests"] =
            ["text/intrinsics/rules.json", "text/intrinsics/rewrites.json", "text/intrinsics/sentences/result.json"],
        ["GoldenTokenizerTests"] = ["text/tokenizers/demo-small/cases.json", "text/tokenizers/demo-small/tokenizer.json"],
        ["InspectCommandTests"] = ["gguf/index.json", "safetensors/index.json"],
        ["LargestRunsTests"] = ["models/llama"],
        ["MaskOnceTests"] = ["text/tokenizers/demo-small"],
        ["OperatorTests"] = ["models/llama/adapters/alora_all", "models/granite/adapters/alora_all"],
        ["PreTokenizersGoldenTests"] = ["text/tokenizers/tiny-multi-split/tokenizer.json"],
        ["ReferenceFolderTests"] = ["gguf/cases.json", "ibm-old-format/cases.json", "models/granite"],
        ["ReferenceInputs"] = ["text/templates/inputs.json"],
        ["ReferenceTemplateMarksTests"] = ["text/templates/inputs.json"],
        ["ReferenceTemplateTests"] = ["text/templates/cases.json", "text/templates/families.json", "text/templates/language.json"],
        ["ReferenceTests"] = ["models/demo/cases.json", "models/demo/reference.safetensors"],
        ["RenderCommandTests"] = ["text/templates/cases.json", "text/templates/inputs.json", "text/templates/demo-small.jinja"],
        ["RotarySwitchTests"] = ["models/phi3/adapters/alora_all"],
        ["SafetensorsGoldenTests"] = ["safetensors/index.json"],
        ["SentenceSplitterTests"] = ["text/intrinsics/sentences.json"],
        ["SlotBatchTests"] = ["models/llama/config.json", "models/phi3/config.json"],
        ["StepGraphTests"] = ["models/llama/config.json", "models/granite/config.json"],
        ["StockOnnxRuntimeTests"] = ["models/llama/adapters/lora_qv", "models/llama/reference.safetensors"],
        ["StreamTests"] = ["text/templates/family-hermes.jinja"],
        ["TokenizeCommandTests"] = ["text/tokenizers/demo-small/cases.json"],
        ["TokenizerSpeedTests"] = ["text/tokenizers/tiny-unigram/cases.json"],
        ["ToolCallFormatsTests"] = ["text/templates/family-hermes.jinja"],
        ["ToolModel"] = ["text/templates/family-hermes.jinja"],
        ["ToolServer"] = ["text/templates/family-hermes.jinja"],
        ["TrainingSessionTests"] = ["models/llama", "gguf/llama-q4_0.gguf"],
        ["VerifyCommandTests"] = ["models/llama/cases.json", "gguf/cases.json", "ibm-old-format/cases.json"],
    };

    // What cannot be in the repository, and why.
    private static readonly Dictionary<string, string> Elsewhere = new(StringComparer.Ordinal)
    {
        ["CheckpointReaderTests"] =
            "a checkpoint in shards would take a tenth of the limit; other tests read shards that they write themselves",
        ["GgufTokenizerGoldenTests"] = "SmolLM2 and published tokenizers, which ScoreMergesGoldenTests reads through it, belong to others",
        ["MaskTimeTests"] = "it prints times over MaskBench's schemas, which belong to others and have 10 MB",
        ["SchemaConformanceTests"] = "MaskBench and the JSON-Schema-Test-Suite belong to others and have 10 MB",
        ["TextMaskTests"] = "its last test wants a published vocabulary of 128,000 tokens, which has 9 MB; the others need none",
        ["TrainingReplayTests"] = "a recorded training has 100 KB, and tests/Data is full; RecordedCase records one itself",
        ["SmolModel"] = "SmolLM2 belongs to others and has 120 MB",
    };

    [TestMethod]
    public void Repository_AllFiles_AreAtMostFiveMegabytes()
    {
        long bytes = Directory.EnumerateFiles(GoldenData.Repository, "*", SearchOption.AllDirectories)
            .Sum(path => new FileInfo(path).Length);

        Assert.IsLessThanOrEqualTo(Limit, bytes, "tests/Data: cut more of it away, or leave out what little is proven by.");
        Assert.IsGreaterThan(0, bytes);
    }

    [TestMethod]
    public void Repository_EveryClassThatAsksForGoldenData_FindsSome()
    {
        List<string> failures = [];
        foreach (string name in Users())
        {
            if (Needs.TryGetValue(name, out string[]? paths))
            {
                failures.AddRange(paths.Where(path => !Path.Exists(Path.Combine(GoldenData.Repository, path)))
                    .Select(path => $"{name}: tests/Data/{path} is missing."));
            }
            else if (!Elsewhere.ContainsKey(name))
            {
                failures.Add($"{name}: uses golden data; say here what of tests/Data it can run with.");
            }
        }

        failures.AddRange(Needs.Keys.Concat(Elsewhere.Keys).Except(Users()).Select(name => $"{name}: uses no golden data any more."));
        Assert.IsEmpty(failures, string.Join('\n', failures));
    }

    [TestMethod]
    public void Subsets_EachFolder_IsInTheRepository()
    {
        foreach (string folder in GoldenData.Subsets)
        {
            Assert.IsTrue(Directory.Exists(Path.Combine(GoldenData.Repository, folder)), $"tests/Data/subsets.txt: {folder}");
        }
    }

    [TestMethod]
    public void Path_Nowhere_IsInconclusiveAndSaysWhereToLayIt()
    {
        AssertInconclusiveException exception = Assert.ThrowsExactly<AssertInconclusiveException>(
            () => GoldenData.Path("models", "no-such-model"));

        Assert.Contains("../shared/conformance/models/no-such-model", exception.Message);
    }

    [TestMethod]
    public void Path_OnlyInTheRepository_IsFoundInAFolderThatIsASubset() =>
        Assert.AreEqual(
            Path.Combine(GoldenData.Repository, "text", "templates", "families.json"),
            GoldenData.Path("text", "templates", "families.json"));

    private static HashSet<string> Users() =>
    [
        .. Directory.EnumerateFiles(Path.Combine(RepositoryFolder.Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}TestKit{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Where(path => File.ReadAllText(path).Contains("GoldenData.", StringComparison.Ordinal))
            .Select(path => Path.GetFileNameWithoutExtension(path)),
    ];
}
