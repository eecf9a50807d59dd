"""The post-training lab: what reinforcement learning selects among strategies, what it improves."""
