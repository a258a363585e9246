using System.Text.RegularExpressions;
using ALoRA.Onnx.Export.Adapters.Matching;

namespace ALoRA.Onnx.Export.Tests.Adapters.Matching;

[TestClass]
public sealed class PythonRegexTranslatorTests
{
    // Expected values: re.fullmatch of Python 3.
    [TestMethod]
    [DataRow(@".*\.(self_attn\.(q|v)_proj|mlp\.down_proj)", "model.layers.0.mlp.down_proj", true)]
    [DataRow(@".*\.(self_attn\.(q|v)_proj|mlp\.down_proj)", "model.layers.0.mlp.down_proj2", false)]
    [DataRow(@"q|model\.v", "model.v", true)]
    [DataRow(@"(?P<x>a)b(?P=x)", "aba", true)]
    [DataRow(@"(a)b\1", "aba", true)]
    [DataRow(@"a{,2}", "aa", true)]
    [DataRow(@"a{,2}", "aaa", false)]
    [DataRow(@"a{,}", "aaaa", true)]
    [DataRow(@"a{,x}", "a{,x}", true)]
    [DataRow(@"a{2}", "aa", true)]
    [DataRow(@"[a-z-[aeiou]]", "b]", true)]
    [DataRow(@"[a-z-[aeiou]]", "[]", true)]
    [DataRow(@"[a-z-[aeiou]]", "b", false)]
    [DataRow(@"(?P<x>a)?(?(x)b|c)", "c", true)]
    [DataRow(@"[]a]+", "]a]", true)]
    [DataRow(@"[^]a]+", "]a", false)]
    [DataRow(@"[\]x[]+", "x][", true)]
    [DataRow(@"a\Z", "a", true)]
    [DataRow(@"\Aa\b$", "a", true)]
    [DataRow(@"(?i)Q_PROJ", "q_proj", true)]
    [DataRow(@"(?i:Q)_proj", "q_proj", true)]
    [DataRow(@"(?ai)Q", "q", true)]
    [DataRow(@"(?a)q", "q", true)]
    [DataRow(@"(?:q|k)_proj(?#which)", "k_proj", true)]
    [DataRow(@"(?!.*vision).*(?<=\.)q_proj", "model.q_proj", true)]
    [DataRow(@"(?!.*vision).*(?<=\.)q_proj", "vision.q_proj", false)]
    [DataRow(@"(?>a+)b", "aab", true)]
    [DataRow(@"(q)?(?(1)_proj|x)", "q_proj", true)]
    [DataRow(@"\U00000071_proj\x2e\d+", "q_proj.12", true)]
    public void Translate_ExpressionOfPython_MatchesAsPythonDoes(string pattern, string text, bool expected) =>
        Assert.AreEqual(
            expected, Regex.IsMatch(text, $@"\A(?:{PythonRegexTranslator.Translate(pattern)})\z", RegexOptions.CultureInvariant));

    [TestMethod]
    [DataRow(@"\p{L}")]
    [DataRow(@"\Gq")]
    [DataRow(@"\k<x>")]
    [DataRow(@"(?<x>a)")]
    [DataRow(@"(?'x'a)")]
    [DataRow(@"(?n)a")]
    [DataRow(@"(?L)a")]
    [DataRow(@"(?P=x")]
    [DataRow(@"(?P>x)")]
    [DataRow(@"(?#a")]
    [DataRow(@"[a")]
    [DataRow(@"a\")]
    [DataRow(@"[\")]
    [DataRow(@"\U0001")]
    [DataRow(@"\U0001F600")]
    [DataRow(@"(?P<x>a)(b)\2")]
    [DataRow(@"(?")]
    public void Translate_WhatTheLanguagesDoNotShare_IsRefused(string pattern) =>
        Assert.ThrowsExactly<FormatException>(() => PythonRegexTranslator.Translate(pattern));
}
