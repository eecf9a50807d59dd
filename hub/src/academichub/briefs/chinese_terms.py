"""Chinese names of terms that often name a theme: a table from general knowledge.

A term that is not in the table stays as written.
"""

from __future__ import annotations

from academichub.checker.word_weights import stem

_TERMS = """
agents 智能体
alignment 对齐
anomaly detection 异常检测
attention 注意力机制
bayesian inference 贝叶斯推断
black holes 黑洞
brain 脑
cancer 癌症
catalysts 催化剂
causal inference 因果推断
chain-of-thought 思维链
climate 气候
clustering 聚类
code generation 代码生成
compression 压缩
computer vision 计算机视觉
convolutional networks 卷积网络
cosmology 宇宙学
crystals 晶体
dark energy 暗能量
dark matter 暗物质
decision making 决策
diffusion 扩散
diffusion models 扩散模型
drug discovery 药物发现
dynamics 动力学
electrons 电子
embeddings 嵌入
entanglement 量子纠缠
entropy 熵
error correction 纠错
exoplanets 系外行星
fairness 公平性
federated learning 联邦学习
few-shot learning 少样本学习
fine-tuning 微调
fluid dynamics 流体力学
foundation models 基础模型
galaxies 星系
game theory 博弈论
generative models 生成模型
gene expression 基因表达
gravitational waves 引力波
graph neural networks 图神经网络
graphs 图
hallucination 幻觉
hamiltonian 哈密顿量
image generation 图像生成
image segmentation 图像分割
information theory 信息论
interpretability 可解释性
inverse problems 反问题
knowledge distillation 知识蒸馏
knowledge graphs 知识图谱
language models 语言模型
large language models 大语言模型
llm 大语言模型
llms 大语言模型
machine learning 机器学习
machine translation 机器翻译
magnetic fields 磁场
manifolds 流形
markets 市场
mathematical reasoning 数学推理
medical imaging 医学影像
memory 记忆
molecular dynamics 分子动力学
molecules 分子
monte carlo 蒙特卡罗
multi-agent systems 多智能体系统
networks 网络
neural networks 神经网络
neurons 神经元
neutrinos 中微子
neutron stars 中子星
object detection 目标检测
optimal transport 最优传输
optimization 优化
partial differential equations 偏微分方程
phase transitions 相变
physics-informed neural networks 物理信息神经网络
planning 规划
point clouds 点云
polymers 聚合物
portfolio 投资组合
privacy 隐私
proteins 蛋白质
quantum circuits 量子电路
quantum computing 量子计算
quantum error correction 量子纠错
qubits 量子比特
random matrices 随机矩阵
reasoning 推理
recommendation 推荐
recommender systems 推荐系统
regression 回归
reinforcement learning 强化学习
retrieval 检索
retrieval-augmented generation 检索增强生成
robots 机器人
robot manipulation 机器人操作
safety 安全
sampling 采样
scattering 散射
segmentation 分割
self-supervised learning 自监督学习
spectroscopy 光谱学
speech recognition 语音识别
spin 自旋
stars 恒星
stochastic differential equations 随机微分方程
superconductivity 超导
superconductors 超导体
supernovae 超新星
symmetry 对称性
time series 时间序列
tokens 词元
topology 拓扑
transfer learning 迁移学习
transformers Transformer 模型
turbulence 湍流
uncertainty quantification 不确定性量化
video generation 视频生成
vision-language models 视觉语言模型
world models 世界模型
""".strip().splitlines()


def _key(term: str) -> str:
    """Return the stems of a term, by which its forms are recognised."""
    return " ".join(stem(word) for word in term.replace("-", " ").split())


_CHINESE: dict[str, str] = {}
for _line in _TERMS:
    _words = _line.split()
    # The English term ends where the Chinese name begins, which may open with a Latin word.
    _first_chinese = next(
        i
        for i, word in enumerate(_words)
        if any("\u3400" <= ch <= "\u9fff" for ch in word) or word == "Transformer"
    )
    _CHINESE[_key(" ".join(_words[:_first_chinese]))] = " ".join(_words[_first_chinese:])


def in_chinese(term: str) -> str | None:
    """Return the Chinese name of a term, or None if the table lacks it."""
    return _CHINESE.get(_key(term))
