using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ALoRA.Onnx.Export.Adapters.Matching;
using ALoRA.Onnx.Export.Adapters.Peft;
using CsCheck;

namespace ALoRA.Onnx.Export.Tests.Adapters.Matching;

[TestClass]
public sealed class ModuleMatcherTests
{
    private const string Query = "model.layers.1.self_attn.q_proj";

    [TestMethod]
    [DataRow("[\"q_proj\"]", true)]
    [DataRow("[\"self_attn.q_proj\"]", true)]
    [DataRow("[\"model.layers.1.self_attn.q_proj\"]", true)]
    [DataRow("[\"proj\"]", false)]
    [DataRow("[\"_proj\", \"attn.q_proj\"]", false)]
    [DataRow("[\"model.layers.0.self_attn.q_proj\"]", false)]
    [DataRow("\"all-linear\"", true)]
    [DataRow("\"ALL-Linear\"", true)]
    [DataRow("\".*q_proj\"", true)]
    [DataRow("\"q_proj\"", false)]
    [DataRow("\"model.*\"", true)]
    public void Targets_ByListOrExpression_FollowsPeft(string targets, bool expected) =>
        Assert.AreEqual(expected, Matcher(("target_modules", targets)).Targets(Query));

    [TestMethod]
    [DataRow("[\"self_attn.q_proj\"]", false)]
    [DataRow("[\"k_proj\"]", true)]
    [DataRow("\".*layers\\\\.1.*\"", false)]
    [DataRow("\"q_proj\"", true)]
    public void Targets_Excluded_FollowsPeft(string exclusions, bool expected)
    {
        Assert.AreEqual(expected, Matcher(("target_modules", "[\"q_proj\"]"), ("exclude_modules", exclusions)).Targets(Query));
        Assert.AreEqual(expected, Matcher(("target_modules", "\"all-linear\""), ("exclude_modules", exclusions)).Targets(Query));
    }

    [TestMethod]
    [DataRow("[1]", "null", true)]
    [DataRow("1", "null", true)]
    [DataRow("[0, 2]", "null", false)]
    [DataRow("[]", "null", true)]
    [DataRow("[1]", "\"layers\"", true)]
    [DataRow("[1]", "[\"h\", \"layers\"]", true)]
    [DataRow("[1]", "\"lay.*\"", true)]
    [DataRow("[1]", "\"h\"", false)]
    public void Targets_LayersToTransform_FollowsPeft(string layers, string pattern, bool expected) =>
        Assert.AreEqual(
            expected,
            Matcher(("target_modules", "[\"q_proj\"]"), ("layers_to_transform", layers), ("layers_pattern", pattern)).Targets(Query));

    [TestMethod]
    public void Targets_WholePathInTheList_CountsInAnyLayer() =>
        Assert.IsTrue(Matcher(("target_modules", $"[\"{Query}\"]"), ("layers_to_transform", "[0]")).Targets(Query));

    [TestMethod]
    public void Targets_AllLinear_LeavesOutHeadAndEmbedding() =>
        Assert.IsFalse(Matcher(("target_modules", "\"all-linear\"")).Targets("lm_head", isVocabulary: true));

    [TestMethod]
    [DataRow("{\"q_proj\": 7}", 7)]
    [DataRow("{\"proj\": 7}", 2)]
    [DataRow("{\".*proj\": 7}", 7)]
    [DataRow("{\"layers.1.self_attn.q_proj\": 7}", 7)]
    [DataRow("{\"layers.1\": 7}", 2)]
    [DataRow("{\"layers\\\\.1\\\\..*\": 7}", 7)]
    [DataRow("{\"^model.layers.1.self_attn.q_proj\": 7}", 7)]
    [DataRow("{\"^layers.1.self_attn.q_proj\": 7}", 2)]
    [DataRow("{\"k_proj|q_proj\": 7}", 7)]
    [DataRow("{\"k_proj\": 5, \"[qv]_proj\": 7, \"q_proj\": 9}", 7)]
    public void RankOf_Pattern_FirstKeyThatMatchesTheEndCounts(string pattern, int expected)
    {
        Assert.AreEqual(expected, Matcher(("target_modules", "[\"q_proj\"]"), ("rank_pattern", pattern)).RankOf(Query));
        Assert.AreEqual(
            expected == 2 ? 4 : expected, Matcher(("target_modules", "[\"q_proj\"]"), ("alpha_pattern", pattern)).AlphaOf(Query));
    }

    // The comparison without a regular expression and the expression of PEFT agree, whatever the key.
    [TestMethod]
    public void SuffixKey_PlainKey_EqualsTheExpression()
    {
        Gen<string> paths = Gen.Int[0, 3]
            .Select(i => new[] { "a", "ab", "b_1", "1" }[i]).Array[1, 5]
            .Select(parts => string.Join('.', parts));
        Gen<string> keys = Gen.Int[0, 6].Select(i => new[] { "a", "b", ".", "\\.", "_1", "1", "ab." }[i]).Array[0, 5].Select(string.Concat);
        Gen.Select(paths, keys).Sample(
            (path, key) => Regex.IsMatch(path, $@"\A(.*\.)?({key})$") == new SuffixKey(key, "test", new MatchBudget()).IsMatch(path),
            iter: 2_000);
    }

    [TestMethod]
    public void Targets_ExpressionThatNeverEnds_IsRefused()
    {
        ModuleMatcher matcher = Matcher(("target_modules", "\"(([a-z_.0-9]+)+)+!\""));

        CheckpointFormatException error = Assert.ThrowsExactly<CheckpointFormatException>(
            () => matcher.Targets(Query + string.Concat(Enumerable.Repeat("a", 40))));

        StringAssert.Contains(error.Message, "takes too long");
    }

    [TestMethod]
    public void Targets_InvalidExpression_NamesFileAndKey()
    {
        CheckpointFormatException error = Assert.ThrowsExactly<CheckpointFormatException>(() => Matcher(("target_modules", "\"(q\"")));
        StringAssert.Contains(error.Message, "adapter_config.json: 'target_modules': expected a regular expression of Python, got '(q'");
    }

    [TestMethod]
    public void NamesWithoutModule_List_GivesWhatMatchesNothing()
    {
        ModuleMatcher matcher = Matcher(("target_modules", "[\"q_proj\", \"self_attn.q_proj\", \"c_attn\"]"));
        CollectionAssert.AreEqual(new[] { "c_attn" }, matcher.NamesWithoutModule([Query]).ToArray());
    }

    private static ModuleMatcher Matcher(params (string Key, string Json)[] settings)
    {
        JsonObject config = new TestAdapter().Config;
        foreach ((string key, string json) in settings)
        {
            config[key] = JsonNode.Parse(json);
        }

        using TemporaryFolder temporary = new();
        File.WriteAllText(temporary["adapter_config.json"], config.ToJsonString());
        return new ModuleMatcher(PeftConfigReader.Read(temporary.Path));
    }
}
